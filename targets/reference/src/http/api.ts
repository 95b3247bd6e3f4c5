import fastifyCompress from "@fastify/compress";
import fastifyRateLimit from "@fastify/rate-limit";
import fastifyUnderPressure from "@fastify/under-pressure";
import { authRoutes } from "../auth/routes.ts";
import { embeddingRoutes } from "../embeddings/routes.ts";
import { jobRoutes } from "../jobs/routes.ts";
import { llmRoutes } from "../llm/routes.ts";
import { memoryRoutes } from "../memories/routes.ts";
import { exportRoutes } from "../projects/export-routes.ts";
import { projectRoutes } from "../projects/project-routes.ts";
import { reviewRoutes } from "../projects/review-routes.ts";
import { specRoutes } from "../projects/spec-routes.ts";
import { ruleRoutes } from "../rules/routes.ts";
import type { Services } from "../services.ts";
import { templateRoutes } from "../templates/routes.ts";
import type { App } from "./app.ts";
import { ApiError } from "./errors.ts";

/** Everything under /api: who asks, how often, how it is sent; then the routes. */
export async function apiRoutes(api: App, services: Services): Promise<void> {
  const { settings, tokens } = services;
  if (settings.extraDelayMs > 0) delayEveryRequest(api, settings.extraDelayMs);
  if (settings.extraCpuMs > 0) workInEveryRequest(api, settings.extraCpuMs);
  if (settings.leakBytes > 0) leakInEveryRequest(api, settings.leakBytes);
  if (settings.compression)
    await api.register(fastifyCompress, { threshold: 1024, encodings: ["br", "gzip"], globalDecompression: false });

  await api.register(async (signIn: App) => {
    await limitRate(signIn, services);
    authRoutes(signIn, services);
  });

  await api.register(async (signedIn: App) => {
    signedIn.addHook("onRequest", (request, _reply, done) => {
      try {
        const identity = tokens.identify(request.raw.headers.authorization);
        request.userId = identity.userId;
        request.role = identity.role;
        request.sessionKey = identity.sessionKey;
        done();
      } catch (error) {
        done(error as Error);
      }
    });
    await limitRate(signedIn, services);
    // The cached read costs microseconds, so it is answered even when the rest is shed.
    templateRoutes(signedIn, services);
    await signedIn.register(async (shed: App) => {
      await shedLoad(shed, services);
      projectRoutes(shed, services);
      specRoutes(shed, services);
      reviewRoutes(shed, services);
      exportRoutes(shed, services);
      llmRoutes(shed, services);
      jobRoutes(shed, services);
      embeddingRoutes(shed, services);
      memoryRoutes(shed, services);
      await shed.register((rules: App) => ruleRoutes(rules, services));
    });
  });
}

/** Keyed on the user, before sign-in on the address; counted in this process. */
async function limitRate(app: App, { settings, metrics }: Services): Promise<void> {
  const silent = { "x-ratelimit-limit": false, "x-ratelimit-remaining": false, "x-ratelimit-reset": false };
  await app.register(fastifyRateLimit, {
    max: settings.rateLimitPerMinute,
    timeWindow: 60_000,
    cache: 50_000,
    keyGenerator: (request) => {
      metrics.work.rateLimitChecks += 1;
      return request.userId === 0 ? request.ip : request.userId;
    },
    onExceeded: () => metrics.rateLimited.inc(),
    // Three headers more on every response would cost more than the limiter; Retry-After comes with the 429.
    addHeadersOnExceeding: silent,
  });
}

/** 503 at once while the event loop is later than the limit: work that cannot be done in time is not begun. */
async function shedLoad(app: App, { settings, metrics }: Services): Promise<void> {
  if (settings.pressureMaxLagMs === 0) return;
  await app.register(fastifyUnderPressure, {
    maxEventLoopDelay: settings.pressureMaxLagMs,
    sampleInterval: 1000,
    pressureHandler: () => {
      metrics.shed.inc();
      throw new ApiError(503, "OVERLOADED", "the service has more work than it can do", { retryAfterSeconds: 1 });
    },
  });
}

function delayEveryRequest(app: App, milliseconds: number): void {
  app.addHook("onRequest", (_request, _reply, done) => {
    setTimeout(done, milliseconds);
  });
}

/** CPU time, not time: a process that has to wait for its core takes longer, as it would for real work. */
function workInEveryRequest(api: App, milliseconds: number): void {
  api.addHook("onRequest", (_request, _reply, done) => {
    const start = process.threadCpuUsage();
    for (;;) {
      const { user, system } = process.threadCpuUsage(start);
      if (user + system >= milliseconds * 1000) return done();
    }
  });
}

function leakInEveryRequest(api: App, bytes: number): void {
  const kept: number[][] = [];
  // Doubles: V8 keeps them side by side, 8 bytes each.
  const values = Math.ceil(bytes / 8);
  api.addHook("onRequest", (_request, _reply, done) => {
    kept.push(new Array<number>(values).fill(0.5));
    done();
  });
}
