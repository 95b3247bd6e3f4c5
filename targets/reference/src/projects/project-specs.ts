import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import { notFound } from "../http/errors.ts";
import type { ComparedSpec } from "./conflicts.ts";

const specsOfProject = statement(
  "specs_of_project",
  `SELECT s.id, s.key, s.value, s.category FROM projects p LEFT JOIN specs s ON s.project_id = p.id
   WHERE p.id = $1 AND p.user_id = $2 ORDER BY s.id LIMIT 2000`,
);

/** All specs of a user's project (at most 2,000), in one statement. Throws 404 where the project is not this user's. */
export async function specsOf(db: Database, projectId: number, userId: number): Promise<readonly ComparedSpec[]> {
  const rows = await db.rows<ComparedSpec & { readonly id: number | null }>(specsOfProject, [projectId, userId]);
  if (rows.length === 0) throw notFound("project");
  return rows.filter((row) => row.id !== null);
}
