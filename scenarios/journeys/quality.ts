import { endpoint } from "../lib/endpoint.ts";
import { random } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { projectOf } from "./seeded.ts";

const check = endpoint<{ readonly score: number; readonly coverage: unknown }>("quality.check");

/** Validation and path analysis of a project. */
export function checkQuality({ token, user }: Session): void {
  check({
    token,
    params: { projectId: projectOf(user, random("quality")) },
    check: (body) => (Number.isFinite(body.score) && body.coverage !== undefined) || "no score",
  });
}
