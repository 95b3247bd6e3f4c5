import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describeExit, type Running } from "./child.ts";
import { startFailure } from "./log-tail.ts";

export interface Awaited {
  /** "postgres", as the error names it. */
  readonly what: string;
  /** Asks once; undefined when it is ready, else why not yet. A rejection counts as "not yet". */
  readonly ask: () => Promise<string | undefined>;
  readonly withinMs: number;
  readonly signal: AbortSignal;
  /** Asking ends as soon as this child has ended. */
  readonly child?: Running;
}

const FIRST_STEP_MS = 5;
const LONGEST_STEP_MS = 200;

/**
 * Waits by asking, in steps that grow by half from 5 to 200 ms.
 * @throws ProofloadError PL_START_FAILED when the child ended or the time is over; the signal's reason when aborted.
 */
export async function awaitReady({ what, ask, withinMs, signal, child }: Awaited): Promise<void> {
  const started = performance.now();
  let step = FIRST_STEP_MS;
  for (;;) {
    signal.throwIfAborted();
    const why = await ask().catch(reasonOf);
    signal.throwIfAborted();
    if (child?.exit !== undefined) {
      throw startFailure(`${what} did not start: it ${describeExit(child.exit)}`, child.logFile);
    }
    if (why === undefined) return;
    if (performance.now() - started > withinMs) {
      throw startFailure(`${what} was not ready within ${withinMs / 1000} s: ${why}`, child?.logFile);
    }
    const pause = sleep(step, undefined, { signal }).catch(() => {});
    await (child === undefined ? pause : Promise.race([pause, child.exited]));
    step = Math.min(step * 1.5, LONGEST_STEP_MS);
  }
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface AskOptions {
  /** GET when left out. */
  readonly method?: "GET" | "POST";
  /** How names become addresses; the machine's own way when left out. */
  readonly lookup?: LookupFunction;
  readonly signal?: AbortSignal;
}

/** Asks on a connection of its own: a kept one could belong to a process that has been restarted since. No redirects. */
export function get(url: string, timeoutMs: number, options: AskOptions = {}): Promise<Answer> {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  const late = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? late : AbortSignal.any([options.signal, late]);
  return new Promise((resolve, reject) => {
    const call = request(url, { ...options, agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
    call.on("error", reject);
    call.end();
  });
}

/** One question to a service: ready when it answers 2xx. */
export async function askHttp(url: string, options: AskOptions = {}): Promise<string | undefined> {
  const { status } = await get(url, 2000, options);
  return status >= 200 && status < 300 ? undefined : `GET ${url} answered ${status}`;
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // "AggregateError" of a connection attempt has an empty message and the reasons inside.
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join(", ");
  return error.message;
}
