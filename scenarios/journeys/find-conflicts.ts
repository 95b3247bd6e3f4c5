import { endpoint } from "../lib/endpoint.ts";
import { number } from "../lib/plan.ts";
import { random } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { projectOf } from "./seeded.ts";
import type { Conflict } from "./types.ts";

const detect = endpoint<{ readonly conflicts: readonly Conflict[]; readonly checked: number }>("conflicts.detect");

// Keys repeat after seven specs of a seeded project, with other values each time.
const SEEDED_CONFLICTS = Math.max(0, number("specsPerProject") - 7);

/** Looks for contradictions among a project's specs. Returns the project, or undefined where the answer was wrong. */
export function findConflicts({ token, user }: Session): number | undefined {
  const projectId = projectOf(user, random("conflicts"));
  const found = detect({
    token,
    params: { projectId },
    check: ({ checked, conflicts }) =>
      (checked >= conflicts.length && conflicts.length >= SEEDED_CONFLICTS) ||
      `${conflicts.length} conflicts found, and the seed alone has ${SEEDED_CONFLICTS}`,
  });
  return found.ok ? projectId : undefined;
}
