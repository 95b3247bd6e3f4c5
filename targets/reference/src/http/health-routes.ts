import { Type } from "@fastify/type-provider-typebox";
import { statement } from "../db/statement.ts";
import type { Services } from "../services.ts";
import type { App } from "./app.ts";

// Asks for the schema and not only for an answer: an empty database is up, but cannot serve.
const ready = statement("ready", "SELECT count(*) AS migrations FROM schema_migrations");

const Health = Type.Object({ status: Type.String() });
const Readiness = Type.Object({
  status: Type.String(),
  postgres: Type.String(),
  redis: Type.String(),
});

export function healthRoutes(app: App, { db, redis, metrics }: Services): void {
  app.get("/healthz", { schema: { response: { 200: Health } } }, () => ({ status: "ok" }));

  app.get("/readyz", { schema: { response: { 200: Readiness, 503: Readiness } } }, async (_request, reply) => {
    const [postgres, cache] = await Promise.all([problemOf(db.rows(ready)), problemOf(redis.ping())]);
    const up = postgres === "ok" && cache === "ok";
    return reply.code(up ? 200 : 503).send({ status: up ? "ready" : "not ready", postgres, redis: cache });
  });

  app.get("/metrics", async (_request, reply) => {
    const text = await metrics.registry.metrics();
    return reply.header("content-type", metrics.registry.contentType).send(text);
  });
}

async function problemOf(question: Promise<unknown>): Promise<string> {
  try {
    await question;
    return "ok";
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message || "connection refused" : String(cause);
  }
}
