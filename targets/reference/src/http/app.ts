import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import { type FastifyBaseLogger, type FastifyInstance, fastify } from "fastify";
import type { ServiceLog } from "../observe/log.ts";
import { handleErrors } from "./errors.ts";
import type { Observer } from "./observer.ts";

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

/** The bare HTTP server: validation, errors, and the observer of every request; no routes yet. */
export function createApp(serviceLog: ServiceLog, observer: Observer): App {
  const app = fastify({
    // The observer writes the request log: Fastify's own would make a child logger for each request.
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: 1024 * 1024,
    // At SIGTERM requests under way are answered; idle keep-alive connections are closed at once.
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 64 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  acceptEmptyJson(app);
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  observer.watch(app);
  handleErrors(app, serviceLog.log);
  return app;
}

/** Many clients send `content-type: application/json` with every request, also where there is nothing to send. */
function acceptEmptyJson(app: App): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else parse(request, body as string, done);
  });
}
