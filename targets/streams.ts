import type { StreamDefinition } from "../harness/plan/definition.ts";
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

/** One request after the other, nothing else: what each costs is counted. */
export function counted(exec: string, calls: Calls): StreamDefinition {
  return { exec, load: { model: "one-at-a-time", requests: 30, atMost: "90s" }, calls };
}
