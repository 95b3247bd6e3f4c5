import { Type } from "@fastify/type-provider-typebox";
import { statement } from "../db/statement.ts";
import type { App } from "../http/app.ts";
import { notFound } from "../http/errors.ts";
import { Id, PageOf, PageQuery, pageOf, Text } from "../http/schemas.ts";
import type { Services } from "../services.ts";

// One statement for the page, the specs' counts and the total. The join keeps the total where the page is empty.
const listProjects = statement(
  "projects_list",
  `SELECT counted.total, page.* FROM
     (SELECT count(*) AS total FROM projects WHERE user_id = $1 AND archived_at IS NULL) counted
   LEFT JOIN LATERAL (
     SELECT p.id, p.name, p.status, p.updated_at,
       (SELECT count(*) FROM specs s WHERE s.project_id = p.id) AS spec_count
     FROM projects p WHERE p.user_id = $1 AND p.archived_at IS NULL
     ORDER BY p.updated_at DESC, p.id LIMIT $2 OFFSET $3) page ON true`,
);
// For NPLUSONE=on alone: what the statement above spares.
const listProjectsNaively = statement(
  "projects_list_naive",
  `SELECT count(*) OVER () AS total, id, name, status, updated_at FROM projects
   WHERE user_id = $1 AND archived_at IS NULL ORDER BY updated_at DESC, id LIMIT $2 OFFSET $3`,
);
const countSpecs = statement("specs_count_one", "SELECT count(*) AS count FROM specs WHERE project_id = $1");

const columns = "id, name, description, status, created_at, updated_at";
const insertProject = statement(
  "project_insert",
  `INSERT INTO projects (user_id, name, description) VALUES ($1, $2, $3) RETURNING ${columns}`,
);
const findProject = statement("project_by_id", `SELECT ${columns} FROM projects WHERE id = $1 AND user_id = $2`);
const updateProject = statement(
  "project_update",
  `UPDATE projects SET name = coalesce($3, name), description = coalesce($4, description), updated_at = now()
   WHERE id = $1 AND user_id = $2 RETURNING ${columns}`,
);
const archiveProject = statement(
  "project_archive",
  `UPDATE projects SET archived_at = coalesce(archived_at, now()), status = 'archived', updated_at = now()
   WHERE id = $1 AND user_id = $2`,
);

interface ProjectRow {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface ListRow {
  readonly total: number;
  readonly id: number | null;
  readonly name: string;
  readonly status: string;
  readonly updated_at: Date;
  readonly spec_count: number;
}

const Params = Type.Object({ projectId: Id });
const Project = Type.Object({
  id: Id,
  name: Type.String(),
  description: Type.String(),
  status: Type.String(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
});
const ListedProject = Type.Object({
  id: Id,
  name: Type.String(),
  status: Type.String(),
  specCount: Type.Integer(),
  updatedAt: Type.String(),
});

/** A user's projects. Never cached (SOC-15); a project of somebody else does not exist for this user. */
export function projectRoutes(app: App, { settings, db }: Services): void {
  const listOneByOne = async (values: readonly unknown[]): Promise<ListRow[]> => {
    const rows = await db.rows<ListRow>(listProjectsNaively, values);
    const listed: ListRow[] = [];
    for (const row of rows) {
      const counted = await db.first<{ count: number }>(countSpecs, [row.id]);
      listed.push({ ...row, spec_count: counted?.count ?? 0 });
    }
    return listed;
  };

  app.get(
    "/api/projects",
    { schema: { querystring: PageQuery, response: { 200: PageOf(ListedProject) } } },
    async (request) => {
      const { page, pageSize } = pageOf(request.query);
      const values = [request.userId, pageSize, (page - 1) * pageSize];
      const rows = settings.nPlusOne ? await listOneByOne(values) : await db.rows<ListRow>(listProjects, values);
      const items = rows.flatMap(({ id, name, status, spec_count, updated_at }) =>
        id === null ? [] : [{ id, name, status, specCount: spec_count, updatedAt: updated_at.toISOString() }],
      );
      return { items, page, pageSize, total: rows[0]?.total ?? 0 };
    },
  );

  app.post(
    "/api/projects",
    {
      schema: {
        body: Type.Object({ name: Text(200), description: Type.Optional(Text(5000, 0)) }),
        response: { 201: Project },
      },
    },
    async (request, reply) => {
      const { name, description = "" } = request.body;
      const row = await db.first<ProjectRow>(insertProject, [request.userId, name, description]);
      return reply.code(201).send(projectOf(row));
    },
  );

  app.get("/api/projects/:projectId", { schema: { params: Params, response: { 200: Project } } }, async (request) =>
    projectOf(await db.first<ProjectRow>(findProject, [request.params.projectId, request.userId])),
  );

  app.put(
    "/api/projects/:projectId",
    {
      schema: {
        params: Params,
        body: Type.Object({ name: Type.Optional(Text(200)), description: Type.Optional(Text(5000, 0)) }),
        response: { 200: Project },
      },
    },
    async (request) => {
      const { name = null, description = null } = request.body;
      const values = [request.params.projectId, request.userId, name, description];
      return projectOf(await db.first<ProjectRow>(updateProject, values));
    },
  );

  app.delete("/api/projects/:projectId", { schema: { params: Params } }, async (request, reply) => {
    const archived = await db.change(archiveProject, [request.params.projectId, request.userId]);
    if (archived === 0) throw notFound("project");
    return reply.code(204).send();
  });
}

function projectOf(row: ProjectRow | undefined) {
  if (row === undefined) throw notFound("project");
  const { id, name, description, status, created_at, updated_at } = row;
  return {
    id,
    name,
    description,
    status,
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
  };
}
