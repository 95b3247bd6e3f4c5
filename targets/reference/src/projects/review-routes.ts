import { Type } from "@fastify/type-provider-typebox";
import { statement } from "../db/statement.ts";
import type { App } from "../http/app.ts";
import { Id } from "../http/schemas.ts";
import type { Services } from "../services.ts";
import { findConflicts } from "./conflicts.ts";
import { specsOf } from "./project-specs.ts";
import { judgeQuality } from "./quality.ts";

// One statement: what is found is open, what is not found any more is resolved.
const saveConflicts = statement(
  "conflicts_save",
  `WITH found AS (
     SELECT * FROM unnest($2::int[], $3::int[], $4::text[]) AS f(spec_a, spec_b, reason)
   ), resolved AS (
     UPDATE conflicts c SET status = 'resolved' WHERE c.project_id = $1 AND c.status = 'open'
       AND NOT EXISTS (SELECT 1 FROM found f WHERE f.spec_a = c.spec_a AND f.spec_b = c.spec_b)
   )
   INSERT INTO conflicts (project_id, spec_a, spec_b, reason) SELECT $1, spec_a, spec_b, reason FROM found
   ON CONFLICT (spec_a, spec_b) DO UPDATE SET status = 'open', reason = excluded.reason
   RETURNING id, spec_a, spec_b, reason, status`,
);
const openConflicts = statement(
  "conflicts_open",
  `SELECT c.id, c.spec_a, c.spec_b, c.reason, c.status FROM projects p
   JOIN conflicts c ON c.project_id = p.id AND c.status = 'open'
   WHERE p.id = $1 AND p.user_id = $2 ORDER BY c.id LIMIT 500`,
);
const countOpen = statement(
  "conflicts_count_open",
  "SELECT count(*) AS count FROM conflicts WHERE project_id = $1 AND status = 'open'",
);

interface ConflictRow {
  readonly id: number;
  readonly spec_a: number;
  readonly spec_b: number;
  readonly reason: string;
  readonly status: string;
}

const Params = Type.Object({ projectId: Id });
const Conflict = Type.Object({ id: Id, specA: Id, specB: Id, reason: Type.String(), status: Type.String() });
const Detected = Type.Object({ conflicts: Type.Array(Conflict), checked: Type.Integer() });
const Quality = Type.Object({
  score: Type.Number(),
  coverage: Type.Number(),
  issues: Type.Array(
    Type.Object({ code: Type.String(), message: Type.String(), specId: Type.Optional(Type.Integer()) }),
  ),
  paths: Type.Array(Type.Object({ name: Type.String(), steps: Type.Array(Type.String()), cost: Type.Number() })),
});

/** Conflict detection and quality control. Computed from the specs each time, never cached (SOC-15). */
export function reviewRoutes(app: App, { db }: Services): void {
  app.post(
    "/api/projects/:projectId/conflicts/detect",
    { schema: { params: Params, response: { 200: Detected } } },
    async (request) => {
      const { projectId } = request.params;
      const { conflicts, checked } = findConflicts(await specsOf(db, projectId, request.userId));
      const rows = await db.rows<ConflictRow>(saveConflicts, [
        projectId,
        conflicts.map((conflict) => conflict.specA),
        conflicts.map((conflict) => conflict.specB),
        conflicts.map((conflict) => conflict.reason),
      ]);
      return { conflicts: rows.map(conflictOf), checked };
    },
  );

  app.get(
    "/api/projects/:projectId/conflicts",
    { schema: { params: Params, response: { 200: Type.Object({ items: Type.Array(Conflict) }) } } },
    async (request) => {
      const rows = await db.rows<ConflictRow>(openConflicts, [request.params.projectId, request.userId]);
      return { items: rows.map(conflictOf) };
    },
  );

  app.post(
    "/api/projects/:projectId/quality",
    { schema: { params: Params, response: { 200: Quality } } },
    async (request) => {
      const { projectId } = request.params;
      const specs = await specsOf(db, projectId, request.userId);
      const open = await db.first<{ count: number }>(countOpen, [projectId]);
      const { issues, paths, ...report } = judgeQuality(specs, open?.count ?? 0);
      return { ...report, issues: [...issues], paths: paths.map((path) => ({ ...path, steps: [...path.steps] })) };
    },
  );
}

function conflictOf({ id, spec_a, spec_b, reason, status }: ConflictRow) {
  return { id, specA: spec_a, specB: spec_b, reason, status };
}
