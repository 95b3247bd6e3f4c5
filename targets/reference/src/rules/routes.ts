import type { App } from "../http/app.ts";
import type { Services } from "../services.ts";

/** An encapsulated plugin: it takes bodies as they are, because parsing megabytes of JSON would hold up all others. */
export async function ruleRoutes(app: App, { ruleEngine }: Services): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.post(
    "/api/rules/evaluate",
    // 100,000 facts (BIN-14) are 5 to 15 MB of JSON.
    { bodyLimit: 64 * 1024 * 1024 },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const { buffer, byteOffset, byteLength } = await ruleEngine.evaluate(body, gone.signal);
      return reply
        .header("content-type", "application/json; charset=utf-8")
        .send(Buffer.from(buffer, byteOffset, byteLength));
    },
  );
}
