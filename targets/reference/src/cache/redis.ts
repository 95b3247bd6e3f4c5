import type { Logger } from "pino";
import { createClient } from "redis";
import { ApiError } from "../http/errors.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Settings } from "../settings.ts";

/**
 * Redis with a time-out per command and no offline queue: while it is away every command fails at once (`ApiError`
 * 503), and the client keeps reconnecting in the background. `connect` never throws.
 */
export class Redis {
  readonly #client: Client;
  readonly #metrics: Metrics;
  readonly #timeoutMs: number;
  readonly #observers = new Map<string, (seconds: number) => void>();

  constructor(settings: Settings, metrics: Metrics, log: Logger) {
    this.#metrics = metrics;
    this.#timeoutMs = settings.redisTimeoutMs;
    this.#client = makeClient(settings);
    let told = false;
    this.#client.on("error", (error: unknown) => {
      // The client repeats this at each attempt; one line per outage is enough.
      if (!told) log.error({ err: error }, "redis cannot be reached");
      told = true;
    });
    this.#client.on("ready", () => {
      if (told) log.info("redis is back");
      told = false;
    });
  }

  connect(): void {
    this.#client.connect().catch(() => undefined);
  }

  close(): void {
    this.#client.destroy();
  }

  ping(): Promise<unknown> {
    return this.#timed("ping", () => this.#client.ping());
  }

  get(key: string): Promise<string | null> {
    return this.#timed("get", () => this.#client.get(key));
  }

  getMany(keys: readonly string[]): Promise<(string | null)[]> {
    return this.#timed("mget", () => this.#client.mGet([...keys]));
  }

  async set(key: string, value: string, seconds: number): Promise<void> {
    await this.#timed("set", () => this.#client.set(key, value, { expiration: { type: "EX", value: seconds } }));
  }

  async setMany(entries: readonly (readonly [key: string, value: string])[], seconds: number): Promise<void> {
    await this.#timed("mset", () => {
      const batch = this.#client.multi();
      for (const [key, value] of entries) batch.set(key, value, { expiration: { type: "EX", value: seconds } });
      return batch.execAsPipeline();
    });
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.#timed("del", () => this.#client.del([...keys]));
  }

  evaluate(script: string, keys: readonly string[], values: readonly string[]): Promise<unknown> {
    return this.#timed("eval", () => this.#client.eval(script, { keys: [...keys], arguments: [...values] }));
  }

  async #timed<T>(command: string, run: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const late = Promise.withResolvers<never>();
    // The client's own time-out ends when a command is sent; a server that hangs would hold the request for ever.
    const timer = setTimeout(
      () => late.reject(new Error(`no answer to ${command} within ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    );
    try {
      return await Promise.race([run(), late.promise]);
    } catch (error) {
      throw new ApiError(503, "REDIS_UNAVAILABLE", "redis does not answer", { cause: error, retryAfterSeconds: 1 });
    } finally {
      clearTimeout(timer);
      this.#observer(command)((performance.now() - started) / 1000);
    }
  }

  #observer(command: string): (seconds: number) => void {
    let observe = this.#observers.get(command);
    if (observe === undefined) {
      observe = this.#metrics.redisSeconds.labels({ command }).observe;
      this.#observers.set(command, observe);
    }
    return observe;
  }
}

type Client = ReturnType<typeof makeClient>;

function makeClient(settings: Settings) {
  return createClient({
    url: settings.redisUrl,
    disableOfflineQueue: true,
    socket: { connectTimeout: 2000, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 1000) },
  });
}
