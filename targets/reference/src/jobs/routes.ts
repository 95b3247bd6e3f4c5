import { Type } from "@fastify/type-provider-typebox";
import type { App } from "../http/app.ts";
import { Id } from "../http/schemas.ts";
import type { Services } from "../services.ts";

const Job = Type.Object({
  id: Id,
  status: Type.String(),
  progress: Type.Integer(),
  timeCompression: Type.Number(),
  declaredSeconds: Type.Number(),
  reason: Type.Optional(Type.String()),
});

/** Project generation: started here, done behind the request, asked for by polling. */
export function jobRoutes(app: App, { settings, jobs }: Services): void {
  app.post(
    "/api/projects/:projectId/generate",
    {
      schema: {
        params: Type.Object({ projectId: Id }),
        response: { 202: Type.Object({ jobId: Id }) },
      },
    },
    async (request, reply) => {
      const jobId = await jobs.start(request.params.projectId, request.userId);
      return reply.code(202).send({ jobId });
    },
  );

  app.get(
    "/api/jobs/:jobId",
    { schema: { params: Type.Object({ jobId: Id }), response: { 200: Job } } },
    async (request) => {
      const { id, status, progress, declared_seconds, reason } = await jobs.find(request.params.jobId, request.userId);
      const job = { id, status, progress, timeCompression: settings.jobTimeCompression };
      return { ...job, declaredSeconds: declared_seconds, ...(reason === null ? {} : { reason }) };
    },
  );
}
