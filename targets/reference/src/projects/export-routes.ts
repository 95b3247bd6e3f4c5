import { Readable } from "node:stream";
import { Type } from "@fastify/type-provider-typebox";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import type { App } from "../http/app.ts";
import { Id } from "../http/schemas.ts";
import type { Services } from "../services.ts";
import { specsOf } from "./project-specs.ts";

// Rows are the project's specs over and over, padded to about a kilobyte, so that any size can be asked for.
const exportRows = statement(
  "export_rows",
  `SELECT n AS row, s.id AS "specId", s.key, s.value, s.category, repeat(s.value || ' ', 20) AS detail
   FROM generate_series($2::int, $3::int) n
   JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS position, count(*) OVER () AS total, * FROM specs
         WHERE project_id = $1) s ON s.position = n % s.total
   ORDER BY n`,
);

const rowsPerBatch = 500;

/**
 * Export as NDJSON. `streamed` holds one batch of rows at a time and waits for a slow client; `buffered` builds the
 * whole answer first, and is there to be compared with (MEM-11).
 */
export function exportRoutes(app: App, { db }: Services): void {
  app.get(
    "/api/projects/:projectId/export",
    {
      schema: {
        params: Type.Object({ projectId: Id }),
        querystring: Type.Object({
          rows: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
          mode: Type.Optional(Type.Union([Type.Literal("streamed"), Type.Literal("buffered")])),
        }),
      },
    },
    async (request, reply) => {
      const { projectId } = request.params;
      const { rows = 10_000, mode = "streamed" } = request.query;
      const specs = await specsOf(db, projectId, request.userId);
      const wanted = specs.length === 0 ? 0 : rows;
      void reply.header("content-type", "application/x-ndjson; charset=utf-8");
      if (mode === "buffered") return reply.send(lines(await db.rows(exportRows, [projectId, 1, wanted])));
      return reply.send(Readable.from(batches(db, projectId, wanted), { objectMode: false }));
    },
  );
}

/** A connection is held for one batch only, never while a slow client reads. */
async function* batches(db: Database, projectId: number, rows: number): AsyncGenerator<Buffer> {
  for (let from = 1; from <= rows; from += rowsPerBatch) {
    const to = Math.min(from + rowsPerBatch - 1, rows);
    yield Buffer.from(lines(await db.rows(exportRows, [projectId, from, to])));
  }
}

function lines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
