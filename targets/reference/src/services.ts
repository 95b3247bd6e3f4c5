import type { Logger } from "pino";
import { AuditLog } from "./audit/audit.ts";
import { Passwords } from "./auth/passwords.ts";
import { Sessions } from "./auth/sessions.ts";
import { AccessTokens } from "./auth/tokens.ts";
import { Redis } from "./cache/redis.ts";
import { Database } from "./db/database.ts";
import { Embeddings } from "./embeddings/embeddings.ts";
import { Jobs } from "./jobs/jobs.ts";
import { LlmClient } from "./llm/client.ts";
import { StubProvider } from "./llm/stub-provider.ts";
import type { ServiceLog } from "./observe/log.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { RuleEngine } from "./rules/engine.ts";
import { RuleThreads } from "./rules/threads.ts";
import type { Settings } from "./settings.ts";

/** What the routes work with. Made once, in `main.ts`. */
export interface Services {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly db: Database;
  readonly redis: Redis;
  readonly audit: AuditLog;
  readonly passwords: Passwords;
  readonly tokens: AccessTokens;
  readonly sessions: Sessions;
  readonly llm: LlmClient;
  readonly jobs: Jobs;
  readonly embeddings: Embeddings;
  readonly ruleEngine: RuleEngine;
}

export function createServices(settings: Settings, metrics: Metrics, { log }: ServiceLog): Services {
  const db = new Database(settings, metrics, log);
  const redis = new Redis(settings, metrics, log);
  const llm = new LlmClient(new StubProvider(settings.llm), settings.llm, metrics, log);
  return {
    settings,
    metrics,
    log,
    db,
    redis,
    audit: new AuditLog(settings.audit, db, metrics, log),
    passwords: new Passwords(settings.argon2),
    tokens: new AccessTokens(settings, metrics),
    sessions: new Sessions(redis, settings.sessionSeconds),
    llm,
    jobs: new Jobs(settings, db, llm, log),
    embeddings: new Embeddings(settings, redis, metrics, log),
    ruleEngine: new RuleThreads(settings.rules, log),
  };
}
