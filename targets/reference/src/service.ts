import type { AddressInfo } from "node:net";
import { apiRoutes } from "./http/api.ts";
import { type App, createApp } from "./http/app.ts";
import { healthRoutes } from "./http/health-routes.ts";
import { Observer } from "./http/observer.ts";
import { watchLiveHeap } from "./observe/live-heap.ts";
import type { ServiceLog } from "./observe/log.ts";
import type { Metrics } from "./observe/metrics.ts";
import { createServices } from "./services.ts";
import type { Settings } from "./settings.ts";

/** Puts the parts together. Postgres and Redis may be away: then /readyz says so until they are back. */
export async function createService(settings: Settings, metrics: Metrics, serviceLog: ServiceLog): Promise<Service> {
  const services = createServices(settings, metrics, serviceLog);
  const { log, db, redis, jobs, audit, ruleEngine } = services;
  const app = createApp(serviceLog, new Observer(settings, metrics, log, audit));
  healthRoutes(app, services);
  await app.register((api: App) => apiRoutes(api, services));

  const liveHeap = settings.liveHeapSeconds > 0 ? watchLiveHeap(settings.liveHeapSeconds, metrics) : undefined;

  return {
    async listen() {
      await app.ready();
      redis.connect();
      await db.warm();
      await jobs.recover();
      await app.listen({ host: settings.host, port: settings.port });
      return (app.server.address() as AddressInfo).port;
    },
    async close(reason) {
      log.info({ reason }, "stopping");
      liveHeap?.[Symbol.dispose]();
      // A connection whose request is answered now stays open for the client's next one; `close` alone would wait for it.
      const idle = setInterval(() => app.server.closeIdleConnections(), 20);
      await app.close();
      clearInterval(idle);
      await ruleEngine[Symbol.asyncDispose]();
      await jobs.stop();
      await audit.flush().catch((error: unknown) => log.error({ err: error }, "audit events were lost at the end"));
      await db.close();
      redis.close();
      log.info("stopped");
    },
  };
}

export interface Service {
  /** The port that it serves on. Throws the operating system's error where it cannot. */
  listen(): Promise<number>;
  /** Answers what is under way, writes what is buffered, closes every connection. */
  close(reason: string): Promise<void>;
}
