import type { LoadShape, StreamDefinition } from "../harness/plan/definition.ts";
import type { ReferenceEndpoint } from "./reference-service.ts";

type Calls = Readonly<Partial<Record<ReferenceEndpoint, number>>>;

/** `rate` iterations a second, whether answers come or not. */
export function open(exec: string, rate: number, duration: string, calls: Calls): StreamDefinition {
  return { exec, load: { model: "open", rate, duration }, calls };
}

/** `users` users, each waiting for its answers. */
export function closed(exec: string, users: number, duration: string, calls: Calls): StreamDefinition {
  return { exec, load: { model: "closed", users, duration }, calls };
}

/** Holds each rate for `hold`, rising to it within a second, then the first one again for `calm`. */
export function steps(normal: number, rates: readonly number[], hold: string, calm: string): LoadShape {
  const held = [...rates, normal].flatMap((rate, index) => [
    { rate, duration: "1s" },
    { rate, duration: index < rates.length ? hold : calm },
  ]);
  return { model: "open-ramp", startRate: normal, stages: [{ rate: normal, duration: hold }, ...held] };
}

/** One request after the other, nothing else: what each costs is counted. */
export function counted(exec: string, calls: Calls): StreamDefinition {
  return { exec, load: { model: "one-at-a-time", requests: 30, atMost: "90s" }, calls };
}
