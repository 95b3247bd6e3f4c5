import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { AuditLog } from "../audit/audit.ts";
import type { Metrics } from "../observe/metrics.ts";
import { traceIdOf } from "../observe/trace.ts";
import type { Settings } from "../settings.ts";
import type { App } from "./app.ts";

declare module "fastify" {
  interface FastifyRequest {
    startedAt: number;
    traceId: string;
    /** 0 until the request is authenticated. */
    userId: number;
    role: string;
    sessionKey: string;
    observed: boolean;
  }
}

/**
 * Counts, times and logs every request exactly once: histogram, request log, slow-request log, audit event. Each route
 * gets an observer of its own with its labels and log bindings made once, so that a request allocates almost nothing.
 */
export class Observer {
  readonly #settings: Settings;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #audit: AuditLog;
  readonly #unmatched: RouteObserver;
  readonly #observers = new Map<string, RouteObserver>();

  constructor(settings: Settings, metrics: Metrics, log: Logger, audit: AuditLog) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#log = log;
    this.#audit = audit;
    this.#unmatched = this.#routeObserver("ANY", "unmatched");
  }

  watch(app: App): void {
    app.decorateRequest("startedAt", 0);
    app.decorateRequest("traceId", "");
    app.decorateRequest("userId", 0);
    app.decorateRequest("role", "");
    app.decorateRequest("sessionKey", "");
    app.decorateRequest("observed", false);
    app.addHook("onRequest", (request, reply, done) => {
      request.startedAt = performance.now();
      reply.raw.once("close", () => {
        if (!request.observed) this.#observeLeftover(request, reply);
      });
      request.traceId = traceIdOf(request.raw.headers["traceparent"]);
      done();
    });
    app.addHook("onRoute", (route) => {
      const observer = this.#routeObserver([route.method].flat().join(","), route.url);
      this.#observers.set(`${route.method} ${route.url}`, observer);
      route.onResponse = [
        (request, reply, done) => {
          observer.finish(request, reply.raw.statusCode);
          done();
        },
        ...[route.onResponse ?? []].flat(),
      ];
    });
  }

  /**
   * What no route's hook saw: paths that no route serves, which share one label (a scanner must not create a series per
   * guess), and requests whose client went away before its answer: 499, nginx's number, so that it is none of ours.
   */
  #observeLeftover(request: FastifyRequest, reply: FastifyReply): void {
    const observer = this.#observers.get(`${request.method} ${request.routeOptions.url}`) ?? this.#unmatched;
    observer.finish(request, reply.raw.writableFinished ? reply.raw.statusCode : 499);
  }

  #routeObserver(method: string, endpoint: string): RouteObserver {
    return new RouteObserver(method, endpoint, {
      metrics: this.#metrics,
      log: this.#log,
      audit: this.#audit,
      slowMs: this.#settings.slowRequestMs,
    });
  }
}

interface Sinks {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly audit: AuditLog;
  readonly slowMs: number;
}

class RouteObserver {
  readonly #method: string;
  readonly #endpoint: string;
  readonly #sinks: Sinks;
  readonly #log: Logger;
  readonly #audited: boolean;
  readonly #action: string;
  readonly #byStatus: ((seconds: number) => void)[] = [];

  constructor(method: string, endpoint: string, sinks: Sinks) {
    this.#method = method;
    this.#endpoint = endpoint;
    this.#sinks = sinks;
    this.#log = sinks.log.child({ method, route: endpoint });
    this.#audited = method !== "GET" && endpoint.startsWith("/api/");
    this.#action = `${method} ${endpoint}`;
  }

  finish(request: FastifyRequest, status: number): void {
    if (request.observed) return;
    request.observed = true;
    const durationMs = performance.now() - request.startedAt;
    this.#observerOf(status)(durationMs / 1000);
    const { traceId, userId } = request;
    const line = { status, durationMs: Math.round(durationMs * 1000) / 1000, traceId, userId };
    this.#log.info(line, "request");
    this.#sinks.metrics.work.logLines += 1;
    if (durationMs >= this.#sinks.slowMs) {
      this.#sinks.metrics.slowRequests.inc();
      this.#log.warn(line, "slow request");
    }
    if (this.#audited) this.#sinks.audit.record({ at: Date.now(), userId, action: this.#action, status, traceId });
  }

  #observerOf(status: number): (seconds: number) => void {
    const known = this.#byStatus[status];
    if (known !== undefined) return known;
    const labels = { method: this.#method, endpoint: this.#endpoint, status: String(status) };
    const observe = this.#sinks.metrics.requestSeconds.labels(labels).observe;
    this.#byStatus[status] = observe;
    return observe;
  }
}
