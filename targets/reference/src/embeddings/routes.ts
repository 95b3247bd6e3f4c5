import { Type } from "@fastify/type-provider-typebox";
import type { App } from "../http/app.ts";
import { Text } from "../http/schemas.ts";
import type { Services } from "../services.ts";

export function embeddingRoutes(app: App, { embeddings }: Services): void {
  app.post(
    "/api/embeddings",
    {
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        body: Type.Object({
          model: Text(100),
          input: Type.Array(Type.String({ minLength: 1, maxLength: 65_536 }), { minItems: 1, maxItems: 256 }),
        }),
      },
    },
    async (request, reply) => {
      const { model, input } = request.body;
      const { embeddings: vectors, cacheHits, cacheMisses } = await embeddings.batch(model, input);
      const data = vectors.map((vector, index) => `{"index":${index},"embedding":${vector}}`).join(",");
      const usage = JSON.stringify({ cacheHits, cacheMisses });
      // The cached vectors are JSON text already; parsing them to serialise them again would be the costliest step.
      return reply
        .header("content-type", "application/json; charset=utf-8")
        .send(`{"model":${JSON.stringify(model)},"data":[${data}],"usage":${usage}}`);
    },
  );
}
