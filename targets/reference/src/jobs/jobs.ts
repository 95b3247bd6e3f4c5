import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import { notFound } from "../http/errors.ts";
import type { LlmClient } from "../llm/client.ts";
import type { Settings } from "../settings.ts";

const insertJob = statement(
  "job_insert",
  `INSERT INTO jobs (user_id, project_id, declared_seconds)
   SELECT user_id, id, $3 FROM projects WHERE id = $1 AND user_id = $2 RETURNING id`,
);
const findJob = statement(
  "job_by_id",
  "SELECT id, status, progress, declared_seconds, reason FROM jobs WHERE id = $1 AND user_id = $2",
);
const saveJob = statement(
  "job_save",
  "UPDATE jobs SET status = $2, progress = $3, reason = $4, updated_at = now() WHERE id = $1",
);
const failInterrupted = statement(
  "jobs_fail_interrupted",
  `UPDATE jobs SET status = 'failed', reason = 'the service was restarted', updated_at = now()
   WHERE status IN ('queued', 'running')`,
);

export interface JobRow {
  readonly id: number;
  readonly status: "queued" | "running" | "done" | "failed";
  readonly progress: number;
  readonly declared_seconds: number;
  readonly reason: string | null;
}

const runningMax = 16;
const stages = 10;

/**
 * Project generation behind the request. A job declares how long it takes (90 to 240 s, by its project) and runs
 * JOB_TIME_COMPRESSION times faster; its state lives in Postgres. One process owns all jobs.
 */
export class Jobs {
  readonly #db: Database;
  readonly #llm: LlmClient;
  readonly #log: Logger;
  readonly #compression: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #started = 0;

  constructor(settings: Settings, db: Database, llm: LlmClient, log: Logger) {
    this.#db = db;
    this.#llm = llm;
    this.#log = log;
    this.#compression = settings.jobTimeCompression;
  }

  /** The new job's id. Throws 404 where the project is not this user's. */
  async start(projectId: number, userId: number): Promise<number> {
    const declaredSeconds = declaredSecondsOf(projectId);
    const row = await this.#db.first<{ id: number }>(insertJob, [projectId, userId, declaredSeconds]);
    if (row === undefined) throw notFound("project");
    this.#waiting.push(() => this.#run(row.id, projectId, declaredSeconds));
    this.#runNext();
    return row.id;
  }

  async find(jobId: number, userId: number): Promise<JobRow> {
    const row = await this.#db.first<JobRow>(findJob, [jobId, userId]);
    if (row === undefined) throw notFound("job");
    return row;
  }

  /** Jobs of a process that is gone will never end by themselves. Never throws. */
  async recover(): Promise<void> {
    await this.#db.change(failInterrupted).catch((error: unknown) => {
      this.#log.warn({ err: error }, "interrupted jobs could not be marked");
    });
  }

  /** Ends running jobs as failed, with the reason. */
  async stop(): Promise<void> {
    this.#waiting.length = 0;
    this.#stopped.abort();
    await Promise.all(this.#running);
    if (this.#started > 0) await this.recover();
  }

  #runNext(): void {
    while (this.#running.size < runningMax) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#started += 1;
      const running: Promise<void> = job().finally(() => {
        this.#running.delete(running);
        this.#runNext();
      });
      this.#running.add(running);
    }
  }

  /** Never throws: what goes wrong is the job's result. */
  async #run(id: number, projectId: number, declaredSeconds: number): Promise<void> {
    const save = (status: JobRow["status"], progress: number, reason: string | null = null) =>
      this.#db.change(saveJob, [id, status, progress, reason]);
    try {
      const started = performance.now();
      await save("running", 0);
      const project = `project ${projectId}`;
      await this.#llm.complete({ task: "outline", model: "stub-1", project }, { timeScale: 1 / this.#compression });
      for (let stage = 1; stage <= stages; stage += 1) {
        const due = ((stage / stages) * (declaredSeconds * 1000)) / this.#compression;
        await sleep(Math.max(0, due - (performance.now() - started)), undefined, { signal: this.#stopped.signal });
        if (stage < stages) await save("running", (100 * stage) / stages);
      }
      await save("done", 100);
    } catch (error) {
      const stopped = this.#stopped.signal.aborted;
      const reason = error instanceof Error ? error.message : String(error);
      if (!stopped) this.#log.warn({ err: error, jobId: id }, "a job failed");
      await save("failed", 0, stopped ? "the service was stopped" : reason).catch(() => undefined);
    }
  }
}

function declaredSecondsOf(projectId: number): number {
  return 90 + (createHash("sha256").update(`job ${projectId}`).digest().readUInt32LE(0) % 151);
}
