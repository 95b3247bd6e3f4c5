import { createHash } from "node:crypto";
import { Type } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
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

  // The read path that load tests drive hardest: no promise where L1 has the answer, and the id is checked by hand,
  // because a compiled schema takes longer than all the rest of this handler.
  app.get("/api/templates/:templateId", (request, reply) => {
    const id = idFrom(request.params);
    const key = String(id);
    const known = settings.responseCache ? cache.peek(key) : undefined;
    if (known !== undefined) return answer(request, reply, known, metrics);
    const loading = settings.responseCache ? cache.fetch(key, () => load(id)) : load(id);
    return loading.then((response) => {
      if (response === undefined) throw notFound("template");
      return answer(request, reply, response, metrics);
    });
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

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { etag, body }: CachedResponse,
  metrics: Services["metrics"],
): FastifyReply {
  metrics.work.etags += 1;
  // private: the route is authenticated. no-cache: a copy may be kept, but is asked about before each use.
  void reply.header("etag", etag).header("cache-control", "private, no-cache");
  if (matches(request.raw.headers["if-none-match"], etag)) return reply.code(304).send();
  return reply.header("content-type", "application/json; charset=utf-8").send(body);
}

function idFrom(params: unknown): number {
  const { templateId } = params as { readonly templateId: string };
  if (/^[1-9]\d{0,8}$/.test(templateId)) return Number(templateId);
  throw new ApiError(400, "INVALID_INPUT", "params.templateId: must be a whole number from 1");
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
