import { Type } from "@fastify/type-provider-typebox";
import { statement } from "../db/statement.ts";
import type { App } from "../http/app.ts";
import { notFound } from "../http/errors.ts";
import { Id, PageOf, PageQuery, pageOf, Text } from "../http/schemas.ts";
import type { Services } from "../services.ts";

// No row where the project is not this user's; one row with a null id where it has no specs on this page.
const listSpecs = statement(
  "specs_list",
  `SELECT (SELECT count(*) FROM specs WHERE project_id = p.id) AS total, page.*
   FROM projects p LEFT JOIN LATERAL (
     SELECT s.id, s.key, s.value, s.category, s.updated_at FROM specs s WHERE s.project_id = p.id
     ORDER BY s.id LIMIT $3 OFFSET $4) page ON true
   WHERE p.id = $1 AND p.user_id = $2`,
);
// Ownership and write are one statement, so that no other request comes between.
const insertSpecs = statement(
  "specs_insert",
  `INSERT INTO specs (project_id, key, value, category)
   SELECT p.id, t.key, t.value, t.category
   FROM projects p, unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS t(key, value, category, position)
   WHERE p.id = $1 AND p.user_id = $2 ORDER BY t.position
   RETURNING id, key, value, category, updated_at`,
);
const findSpec = statement(
  "spec_by_id",
  `SELECT s.id, s.key, s.value, s.category, s.updated_at FROM specs s JOIN projects p ON p.id = s.project_id
   WHERE s.id = $1 AND p.user_id = $2`,
);
const updateSpec = statement(
  "spec_update",
  `UPDATE specs s SET key = coalesce($3, s.key), value = coalesce($4, s.value),
     category = coalesce($5, s.category), updated_at = now()
   FROM projects p WHERE s.id = $1 AND p.id = s.project_id AND p.user_id = $2
   RETURNING s.id, s.key, s.value, s.category, s.updated_at`,
);
const deleteSpec = statement(
  "spec_delete",
  "DELETE FROM specs s USING projects p WHERE s.id = $1 AND p.id = s.project_id AND p.user_id = $2",
);

interface SpecRow {
  readonly id: number;
  readonly key: string;
  readonly value: string;
  readonly category: string;
  readonly updated_at: Date;
}

const InProject = Type.Object({ projectId: Id });
const Params = Type.Object({ specId: Id });
const SpecInput = Type.Object({ key: Text(200), value: Text(10_000), category: Text(100) });
const Spec = Type.Object({
  id: Id,
  key: Type.String(),
  value: Type.String(),
  category: Type.String(),
  updatedAt: Type.String(),
});

/** The specs of a user's project. Never cached (SOC-15): a changed spec is seen by the next read. */
export function specRoutes(app: App, { db }: Services): void {
  const insert = async (projectId: number, userId: number, specs: readonly SpecInput[]): Promise<SpecRow[]> => {
    const rows = await db.rows<SpecRow>(insertSpecs, [
      projectId,
      userId,
      specs.map((spec) => spec.key),
      specs.map((spec) => spec.value),
      specs.map((spec) => spec.category),
    ]);
    if (rows.length === 0) throw notFound("project");
    return rows;
  };

  app.get(
    "/api/projects/:projectId/specs",
    { schema: { params: InProject, querystring: PageQuery, response: { 200: PageOf(Spec) } } },
    async (request) => {
      const { page, pageSize } = pageOf(request.query);
      const values = [request.params.projectId, request.userId, pageSize, (page - 1) * pageSize];
      const rows = await db.rows<SpecRow & { readonly total: number }>(listSpecs, values);
      const first = rows[0];
      if (first === undefined) throw notFound("project");
      return { items: rows.filter((row) => row.id !== null).map(specOf), page, pageSize, total: first.total };
    },
  );

  app.post(
    "/api/projects/:projectId/specs",
    { schema: { params: InProject, body: SpecInput, response: { 201: Spec } } },
    async (request, reply) => {
      const [row] = await insert(request.params.projectId, request.userId, [request.body]);
      return reply.code(201).send(specOf(row));
    },
  );

  app.post(
    "/api/projects/:projectId/specs/bulk",
    {
      schema: {
        params: InProject,
        body: Type.Object({ specs: Type.Array(SpecInput, { minItems: 1, maxItems: 1000 }) }),
        response: { 201: Type.Object({ ids: Type.Array(Id) }) },
      },
    },
    async (request, reply) => {
      const rows = await insert(request.params.projectId, request.userId, request.body.specs);
      return reply.code(201).send({ ids: rows.map((row) => row.id) });
    },
  );

  app.get("/api/specs/:specId", { schema: { params: Params, response: { 200: Spec } } }, async (request) =>
    specOf(await db.first<SpecRow>(findSpec, [request.params.specId, request.userId])),
  );

  app.put(
    "/api/specs/:specId",
    { schema: { params: Params, body: Type.Partial(SpecInput), response: { 200: Spec } } },
    async (request) => {
      const { key = null, value = null, category = null } = request.body;
      const values = [request.params.specId, request.userId, key, value, category];
      return specOf(await db.first<SpecRow>(updateSpec, values));
    },
  );

  app.delete("/api/specs/:specId", { schema: { params: Params } }, async (request, reply) => {
    const deleted = await db.change(deleteSpec, [request.params.specId, request.userId]);
    if (deleted === 0) throw notFound("spec");
    return reply.code(204).send();
  });
}

interface SpecInput {
  readonly key: string;
  readonly value: string;
  readonly category: string;
}

function specOf(row: SpecRow | undefined) {
  if (row === undefined) throw notFound("spec");
  const { id, key, value, category, updated_at } = row;
  return { id, key, value, category, updatedAt: updated_at.toISOString() };
}
