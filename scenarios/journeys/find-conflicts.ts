import { endpoint } from "../lib/endpoint.ts";
import { random } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { projectOf } from "./seeded.ts";
import type { Conflict } from "./types.ts";

const detect = endpoint<{ readonly conflicts: readonly Conflict[]; readonly checked: number }>("conflicts.detect");

/** Looks for contradictions among a project's specs. Returns the project, or undefined where the answer was wrong. */
export function findConflicts({ token, user }: Session): number | undefined {
  const projectId = projectOf(user, random("conflicts"));
  const found = detect({
    token,
    params: { projectId },
    check: (body) =>
      (body.checked > 0 && body.conflicts.every((one) => one.specA !== one.specB)) || "nothing was checked",
  });
  return found.ok ? projectId : undefined;
}
