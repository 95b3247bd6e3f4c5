import { check } from "k6";
import { endpoint } from "../lib/endpoint.ts";
import { random } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { projectOf } from "./seeded.ts";

const exportProject = endpoint("projects.export");

/** A large answer, streamed in batches that each take a connection of the pool. */
export function exportRows({ token, user }: Session, rows: number): void {
  const answer = exportProject({
    token,
    params: { projectId: projectOf(user, random("export")) },
    query: { rows, mode: "streamed" },
  });
  if (answer.ok) {
    const complete = () => String(answer.response.body).trimEnd().split("\n").length === rows;
    check(null, { "projects.export: body": complete }, { name: "projects.export" });
  }
}
