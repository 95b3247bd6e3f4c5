import { createHash } from "node:crypto";
import { Type } from "@fastify/type-provider-typebox";
import { TwoLevelCache } from "../cache/two-level.ts";
import { statement } from "../db/statement.ts";
import type { App } from "../http/app.ts";
import { ApiError, notFound } from "../http/errors.ts";
import { Id, Text } from "../http/schemas.ts";
import type { Services } from "../services.ts";

interface TemplateRow {
  readonly id: number;
  readonly title: string;
  readonly questions: readonly string[];
}

/** A response as it is sent: serialised once, when it enters the cache. */
interface CachedResponse {
  readonly etag: string;
  readonly body: string;
}

const findTemplate = statement("template_by_id", "SELECT id, title, questions FROM templates WHERE id = $1");
const updateTemplate = statement(
  "template_update",
  "UPDATE templates SET title = $2, updated_at = now() WHERE id = $1 RETURNING id, title, questions",
);

const Params = Type.Object({ templateId: Id });
const Template = Type.Object({ id: Id, title: Type.String(), questions: Type.Array(Type.String()) });

/** Templates are the same for every user, so this is the one response that may be cached (SOC-15). */
export function templateRoutes(app: App, services: Services): void {
  const { settings, db, redis, metrics, log } = services;
  const cache = new TwoLevelCache<CachedResponse>({
    name: "response",
    redis,
    metrics,
    log,
    maxEntries: 1000,
    seconds: settings.cacheSeconds,
    encode: ({ etag, body }) => `${etag}\n${body}`,
    decode: (text) => {
      const end = text.indexOf("\n");
      return end === -1 ? undefined : { etag: text.slice(0, end), body: text.slice(end + 1) };
    },
  });
  const load = async (id: number): Promise<CachedResponse | undefined> => {
    const row = await db.first<TemplateRow>(findTemplate, [id]);
    return row === undefined ? undefined : responseOf(row);
  };

  app.get("/api/templates/:templateId", { schema: { params: Params } }, async (request, reply) => {
    const id = request.params.templateId;
    const key = String(id);
    const response = settings.responseCache
      ? (cache.peek(key) ?? (await cache.fetch(key, () => load(id))))
      : await load(id);
    if (response === undefined) throw notFound("template");
    // private: the route is authenticated. no-cache: a copy may be kept, but is asked about before each use.
    void reply.header("etag", response.etag).header("cache-control", "private, no-cache");
    if (matches(request.raw.headers["if-none-match"], response.etag)) return reply.code(304).send();
    return reply.header("content-type", "application/json; charset=utf-8").send(response.body);
  });

  app.put(
    "/api/templates/:templateId",
    { schema: { params: Params, body: Type.Object({ title: Text(300) }), response: { 200: Template } } },
    async (request) => {
      if (request.role !== "admin") throw new ApiError(403, "FORBIDDEN", "only an admin may change a template");
      const id = request.params.templateId;
      const row = await db.first<TemplateRow>(updateTemplate, [id, request.body.title]);
      if (row === undefined) throw notFound("template");
      await cache.invalidate(String(id));
      return { ...row, questions: [...row.questions] };
    },
  );
}

function responseOf({ id, title, questions }: TemplateRow): CachedResponse {
  const body = JSON.stringify({ id, title, questions });
  // Weak, because a compressed response has other bytes and the same meaning.
  return { body, etag: `W/"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"` };
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag || ifNoneMatch === "*") return true;
  return ifNoneMatch.split(",").some((candidate) => candidate.trim().replace(/^(?!W\/)/, "W/") === etag);
}
