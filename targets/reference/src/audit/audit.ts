import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { AuditSettings } from "../settings.ts";

const insertEvents = statement(
  "audit_insert",
  `INSERT INTO audit_log (at, user_id, action, status, trace_id)
   SELECT to_timestamp(at / 1000.0), nullif(user_id, 0), action, status, trace_id
   FROM unnest($1::float8[], $2::int[], $3::text[], $4::int[], $5::text[]) AS t(at, user_id, action, status, trace_id)`,
);

export interface AuditEvent {
  readonly at: number;
  /** 0 where nobody was signed in. */
  readonly userId: number;
  readonly action: string;
  readonly status: number;
  readonly traceId: string;
}

/**
 * The audit log: a request only appends to an array; batches are written behind it, one statement each. While the
 * database is away events wait in a bounded buffer; beyond it the newest are dropped, counted and logged.
 */
export class AuditLog {
  readonly #settings: AuditSettings;
  readonly #db: Database;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  #buffer: AuditEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #dropping = false;

  constructor(settings: AuditSettings, db: Database, metrics: Metrics, log: Logger) {
    this.#settings = settings;
    this.#db = db;
    this.#metrics = metrics;
    this.#log = log;
  }

  record(event: AuditEvent): void {
    if (!this.#settings.enabled) return;
    const started = performance.now();
    if (this.#buffer.length >= this.#settings.bufferMax) this.#drop();
    else this.#buffer.push(event);
    this.#metrics.auditEvents.inc();
    this.#schedule();
    this.#metrics.auditCallSeconds.inc((performance.now() - started) / 1000);
  }

  /** Writes everything that was recorded. Throws where the database does not take it. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const writing = this.#writing.catch(() => undefined).then(() => this.#writeAll());
    this.#writing = writing;
    await writing;
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const full = this.#buffer.length >= this.#settings.batchMax;
    this.#timer = setTimeout(() => this.#flushInBackground(), full ? 0 : this.#settings.flushMs);
  }

  #flushInBackground(): void {
    this.flush().then(
      () => {
        this.#dropping = false;
      },
      (error: unknown) => {
        this.#log.warn({ err: error, waiting: this.#buffer.length }, "the audit log cannot be written; it will retry");
        this.#schedule();
      },
    );
  }

  async #writeAll(): Promise<void> {
    while (this.#buffer.length > 0) {
      const batch = this.#buffer.slice(0, this.#settings.batchMax);
      await this.#db.change(insertEvents, [
        batch.map((event) => event.at),
        batch.map((event) => event.userId),
        batch.map((event) => event.action),
        batch.map((event) => event.status),
        batch.map((event) => event.traceId),
      ]);
      // Only now: a batch that failed stays at the front, in order.
      this.#buffer = this.#buffer.slice(batch.length);
      this.#metrics.auditBatches.inc();
    }
  }

  #drop(): void {
    this.#metrics.auditDropped.inc();
    if (this.#dropping) return;
    this.#dropping = true;
    this.#log.error({ bufferMax: this.#settings.bufferMax }, "the audit buffer is full; events are dropped");
  }
}
