import { endpoint } from "../lib/endpoint.ts";
import type { Session } from "../lib/session.ts";
import type { Conflict } from "./types.ts";

const list = endpoint<{ readonly items: readonly Conflict[] }>("conflicts.list");

/** The open conflicts of a project. */
export function openConflicts({ token }: Session, projectId: number): void {
  list({
    token,
    params: { projectId },
    check: (body) => body.items.every((conflict) => conflict.status === "open") || "a conflict that is not open",
  });
}
