/**
 * Reads the service's settings from environment variables, once, at the edge. Durations are milliseconds or seconds
 * as the name says. Throws one `SettingsError` that lists every problem.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const read = new Reader(env);
  const settings: Settings = {
    port: read.integer("PORT", 3000, 0, 65_535),
    host: read.text("HOST", "127.0.0.1"),
    databaseUrl: read.text("DATABASE_URL", "postgres://postgres:postgres@127.0.0.1:5432/postgres"),
    redisUrl: read.text("REDIS_URL", "redis://127.0.0.1:6379"),
    nodeEnv: read.text("NODE_ENV", "production"),
    logLevel: read.choice("LOG_LEVEL", "info", ["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    jwtSecret: read.text("JWT_SECRET", "proofload-reference-secret-not-for-production"),
    accessTokenSeconds: read.integer("ACCESS_TOKEN_SECONDS", 3600, 1),
    sessionSeconds: read.integer("SESSION_SECONDS", 86_400, 1),
    tokenCache: read.flag("TOKEN_CACHE", false),
    argon2: {
      memoryKib: read.integer("ARGON2_MEMORY_KIB", 19_456, 8),
      passes: read.integer("ARGON2_PASSES", 2, 1),
      concurrency: read.integer("ARGON2_CONCURRENCY", 3, 1, 64),
      queueMax: read.integer("ARGON2_QUEUE_MAX", 2000, 1),
    },
    rateLimitPerMinute: read.integer("RATE_LIMIT_PER_MINUTE", 600_000, 1),
    pressureMaxLagMs: read.integer("PRESSURE_MAX_LAG_MS", 2000, 0),
    pool: {
      min: read.integer("POOL_MIN", 10, 0),
      max: read.integer("POOL_MAX", 30, 1),
      acquireTimeoutMs: read.integer("POOL_ACQUIRE_TIMEOUT_MS", 30_000, 1),
      pingAfterIdleMs: read.integer("POOL_PING_AFTER_IDLE_MS", 5000, 0),
      pingTimeoutMs: read.integer("POOL_PING_TIMEOUT_MS", 1000, 1),
      recycleSeconds: read.integer("POOL_RECYCLE_SECONDS", 3600, 0),
      statementTimeoutMs: read.integer("STATEMENT_TIMEOUT_MS", 30_000, 0),
    },
    redisTimeoutMs: read.integer("REDIS_TIMEOUT_MS", 1000, 1),
    llm: {
      medianMs: read.number("LLM_MEDIAN_MS", 800, 0),
      p99Ms: read.number("LLM_P99_MS", 4000, 0),
      seed: read.integer("LLM_SEED", 20_261_121, 0),
      failureRate: read.number("LLM_FAILURE_RATE", 0, 0, 1),
      timeScale: read.number("LLM_TIME_SCALE", 1, 0),
      timeoutMs: read.integer("LLM_TIMEOUT_MS", 60_000, 1),
      breakerFailures: read.integer("BREAKER_FAILURES", 5, 1),
      breakerHalfOpenMs: read.integer("BREAKER_HALF_OPEN_MS", 5000, 1),
    },
    jobTimeCompression: read.number("JOB_TIME_COMPRESSION", 60, 1),
    responseCache: read.flag("RESPONSE_CACHE", true),
    queryCache: read.flag("QUERY_CACHE", true),
    cacheSeconds: read.integer("CACHE_SECONDS", 300, 1),
    compression: read.flag("COMPRESSION", true),
    audit: {
      enabled: read.flag("AUDIT", true),
      batchMax: read.integer("AUDIT_BATCH_MAX", 500, 1),
      flushMs: read.integer("AUDIT_FLUSH_MS", 250, 1),
      bufferMax: read.integer("AUDIT_BUFFER_MAX", 20_000, 1),
    },
    rules: {
      threads: read.integer("RULES_THREADS", 2, 1, 64),
      timeoutMs: read.integer("RULES_TIMEOUT_MS", 10_000, 1),
      memoryMb: read.integer("RULES_MEMORY_MB", 384, 32),
      queueMaxMb: read.integer("RULES_QUEUE_MAX_MB", 128, 0),
    },
    nPlusOne: read.flag("NPLUSONE", false),
    extraDelayMs: read.number("EXTRA_DELAY_MS", 0, 0),
    extraCpuMs: read.number("EXTRA_CPU_MS", 0, 0),
    liveHeapSeconds: read.number("LIVE_HEAP_SECONDS", 0, 0),
    leakBytes: read.integer("LEAK_BYTES", 0, 0, 1024 ** 2),
    slowQueryMs: read.number("SLOW_QUERY_MS", 1000, 0),
    slowRequestMs: read.number("SLOW_REQUEST_MS", 2000, 0),
    shutdownMs: read.integer("SHUTDOWN_MS", 10_000, 1),
  };
  if (settings.pool.min > settings.pool.max)
    read.problems.push(`POOL_MIN is ${settings.pool.min}, more than POOL_MAX, which is ${settings.pool.max}`);
  if (read.problems.length > 0) throw new SettingsError(read.problems);
  return settings;
}

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly nodeEnv: string;
  readonly logLevel: string;
  readonly jwtSecret: string;
  readonly accessTokenSeconds: number;
  readonly sessionSeconds: number;
  readonly tokenCache: boolean;
  readonly argon2: Argon2Settings;
  readonly rateLimitPerMinute: number;
  readonly pressureMaxLagMs: number;
  readonly pool: PoolSettings;
  readonly redisTimeoutMs: number;
  readonly llm: LlmSettings;
  readonly jobTimeCompression: number;
  readonly responseCache: boolean;
  readonly queryCache: boolean;
  readonly cacheSeconds: number;
  readonly compression: boolean;
  readonly audit: AuditSettings;
  readonly rules: RulesSettings;
  readonly nPlusOne: boolean;
  readonly extraDelayMs: number;
  readonly extraCpuMs: number;
  /** 0: the engine alone says when garbage is collected. */
  readonly liveHeapSeconds: number;
  /** Kept for ever with every request, for demonstrations and tests. */
  readonly leakBytes: number;
  readonly slowQueryMs: number;
  readonly slowRequestMs: number;
  readonly shutdownMs: number;
}

export interface Argon2Settings {
  readonly memoryKib: number;
  readonly passes: number;
  /** Hashes computed at once; below the thread pool's 4, so that log writes and zlib never wait behind passwords. */
  readonly concurrency: number;
  readonly queueMax: number;
}

export interface PoolSettings {
  readonly min: number;
  readonly max: number;
  readonly acquireTimeoutMs: number;
  readonly pingAfterIdleMs: number;
  readonly pingTimeoutMs: number;
  /** 0 keeps a connection for ever. */
  readonly recycleSeconds: number;
  readonly statementTimeoutMs: number;
}

export interface LlmSettings {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly seed: number;
  readonly failureRate: number;
  readonly timeScale: number;
  readonly timeoutMs: number;
  readonly breakerFailures: number;
  readonly breakerHalfOpenMs: number;
}

export interface AuditSettings {
  readonly enabled: boolean;
  readonly batchMax: number;
  readonly flushMs: number;
  readonly bufferMax: number;
}

export interface RulesSettings {
  /** Evaluations at once; a thread is started when it is first needed. */
  readonly threads: number;
  /** Of one evaluation, from its first byte in the thread to its answer. */
  readonly timeoutMs: number;
  /** MiB that one evaluation may hold, array buffers included. */
  readonly memoryMb: number;
  /** MiB of bodies that wait for a thread. */
  readonly queueMaxMb: number;
}

export class SettingsError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`the settings are wrong: ${problems.join("; ")}`);
    this.name = "SettingsError";
    this.problems = problems;
  }
}

class Reader {
  readonly problems: string[] = [];
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  text(name: string, fallback: string): string {
    const value = this.#env[name];
    return value === undefined || value === "" ? fallback : value;
  }

  number(name: string, fallback: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
    const text = this.text(name, String(fallback));
    const value = Number(text);
    if (Number.isFinite(value) && value >= min && value <= max) return value;
    this.problems.push(`${name} is "${text}", but must be a number from ${min} to ${max}`);
    return fallback;
  }

  integer(name: string, fallback: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(name, fallback, min, max);
    if (Number.isInteger(value)) return value;
    this.problems.push(`${name} is "${value}", but must be a whole number`);
    return fallback;
  }

  choice(name: string, fallback: string, choices: readonly string[]): string {
    const value = this.text(name, fallback);
    if (choices.includes(value)) return value;
    this.problems.push(`${name} is "${value}", but must be one of ${choices.join(", ")}`);
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    return this.choice(name, fallback ? "on" : "off", ["on", "off"]) === "on";
  }
}
