import { Type } from "@fastify/type-provider-typebox";
import { PrivateCache } from "../cache/private.ts";
import { statement } from "../db/statement.ts";
import { dimensions } from "../embeddings/embed.ts";
import type { App } from "../http/app.ts";
import { notFound } from "../http/errors.ts";
import { Id, Text } from "../http/schemas.ts";
import type { Services } from "../services.ts";
import { type Memory, type PreparedMemory, prepare, rank } from "./relevance.ts";

const columns = 'id, content, tags, created_at AS "createdAt"';
const insertMemory = statement(
  "memory_insert",
  `INSERT INTO memories (user_id, content, tags) VALUES ($1, $2, $3) RETURNING ${columns}`,
);
const findMemory = statement("memory_by_id", `SELECT ${columns} FROM memories WHERE id = $1 AND user_id = $2`);
const newestMemories = statement(
  "memories_newest",
  `SELECT ${columns} FROM memories WHERE user_id = $1 ORDER BY id DESC LIMIT 1000`,
);

/** The newest memories of one user, prepared for ranking. */
interface MemorySet {
  readonly ordered: readonly PreparedMemory[];
  readonly byId: ReadonlyMap<number, PreparedMemory>;
  readonly bytes: number;
}

const MemoryBody = Type.Object({
  id: Id,
  content: Type.String(),
  tags: Type.Array(Type.String()),
  createdAt: Type.String(),
});
const Ranking = Type.Object({ items: Type.Array(Type.Object({ id: Id, score: Type.Number() })) });

/**
 * Memory store. The query cache holds a user's own memories, in this process only and under the user's id; a write of
 * the user removes them (SOC-15).
 */
export function memoryRoutes(app: App, { settings, metrics, db }: Services): void {
  const cache = new PrivateCache<MemorySet>("query", metrics, { maxEntries: 500, seconds: settings.cacheSeconds });
  // A set that was read before a write of the same user must not be kept after it.
  const writes = new Map<number, number>();

  const load = async (userId: number): Promise<MemorySet> => {
    const writesBefore = writes.get(userId);
    const ordered = (await db.rows<Memory>(newestMemories, [userId])).map(prepare);
    const bytes = ordered.reduce((sum, { content }) => sum + 2 * content.length + 8 * dimensions, 0);
    const set = { ordered, byId: new Map(ordered.map((memory) => [memory.id, memory])), bytes };
    if (settings.queryCache && writes.get(userId) === writesBefore) cache.set(userId, "", set);
    return set;
  };
  const cached = (userId: number): MemorySet | undefined => (settings.queryCache ? cache.get(userId) : undefined);

  app.post(
    "/api/memories",
    {
      schema: {
        body: Type.Object({ content: Text(10_000), tags: Type.Optional(Type.Array(Text(50), { maxItems: 20 })) }),
        response: { 201: MemoryBody },
      },
    },
    async (request, reply) => {
      const { content, tags = [] } = request.body;
      const row = await db.first<Memory>(insertMemory, [request.userId, content, tags]);
      writes.set(request.userId, (writes.get(request.userId) ?? 0) + 1);
      cache.delete(request.userId);
      return reply.code(201).send(memoryOf(row));
    },
  );

  app.get(
    "/api/memories/:memoryId",
    { schema: { params: Type.Object({ memoryId: Id }), response: { 200: MemoryBody } } },
    async (request) => {
      const { memoryId } = request.params;
      const known = cached(request.userId)?.byId.get(memoryId);
      return memoryOf(known ?? (await db.first<Memory>(findMemory, [memoryId, request.userId])));
    },
  );

  app.post(
    "/api/memories/rank",
    {
      schema: {
        body: Type.Object({
          query: Text(2000),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
        }),
        response: { 200: Ranking },
      },
    },
    async (request) => {
      const { query, limit = 50 } = request.body;
      const { ordered } = cached(request.userId) ?? (await load(request.userId));
      return { items: [...rank(ordered, query, limit)] };
    },
  );

  app.post(
    "/api/memories/preload",
    { schema: { response: { 200: Type.Object({ preloaded: Type.Integer(), bytes: Type.Integer() }) } } },
    async (request) => {
      const { ordered, bytes } = await load(request.userId);
      return { preloaded: ordered.length, bytes };
    },
  );
}

function memoryOf(memory: Memory | undefined) {
  if (memory === undefined) throw notFound("memory");
  const { id, content, tags, createdAt } = memory;
  return { id, content, tags: [...tags], createdAt: createdAt.toISOString() };
}
