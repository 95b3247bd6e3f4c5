import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { projectOf } from "./seeded.ts";
import type { Spec } from "./types.ts";

const extract = endpoint<{ readonly specs: readonly Spec[] }>("llm.extract");

/** A paragraph of a conversation becomes specs. */
export function extractSpecs({ token, user }: Session): void {
  const numbers = random("extract");
  extract({
    token,
    params: { projectId: projectOf(user, numbers) },
    body: { text: `${unique()}: ${numbers.text(60)}` },
    check: (body) => (body.specs.length > 0 && body.specs.every((spec) => spec.key !== "")) || "no specs in the text",
  });
}
