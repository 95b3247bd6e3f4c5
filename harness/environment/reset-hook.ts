import { appendFile } from "node:fs/promises";
import type { LookupFunction } from "node:net";
import { join, resolve } from "node:path";
import { ProofloadError } from "../errors.ts";
import type { ResetHook, ServiceDefinition } from "../plan/definition.ts";
import { childEnd, describeExit, spawnChild } from "./child.ts";
import type { Guardian } from "./guardian.ts";
import { startFailure } from "./log-tail.ts";
import { get, reasonOf } from "./readiness.ts";
import { commandOf } from "./service.ts";

export interface HookOptions {
  readonly hook: ResetHook;
  readonly service: Pick<ServiceDefinition, "name" | "directory" | "environment">;
  readonly baseUrl: string;
  readonly configDirectory: string;
  /** For reset.log; absolute. */
  readonly logDirectory: string;
  /** Needed for a command. */
  readonly guardian?: Guardian;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

/** A reset may load a whole data set. */
const POST_TIMEOUT_MS = 300_000;

/**
 * Brings a service that runs elsewhere back to its seeded state; what the hook says goes to reset.log.
 * @throws ProofloadError PL_START_FAILED when the command fails or the answer is not 2xx.
 */
export async function runResetHook(options: HookOptions): Promise<void> {
  const logFile = join(options.logDirectory, "reset.log");
  if ("post" in options.hook) return post(options, options.hook.post, logFile);
  const { guardian, service } = options;
  if (guardian === undefined) throw new ProofloadError("PL_INTERNAL", "a reset command needs the run's guardian");
  const { command: words } = options.hook;
  const [command, args] = commandOf(words, `service ${service.name}: resetHook.command`);
  const child = await spawnChild(guardian, "reset", command, args, {
    cwd: resolve(options.configDirectory, service.directory),
    // All of the user's: what resets a service elsewhere needs the user's keys, and is not what is measured.
    env: { ...guardian.env, ...service.environment, PROOFLOAD_BASE_URL: options.baseUrl },
    logFile,
  });
  const exit = await childEnd(child, options.signal);
  if (exit.code !== 0) throw startFailure(`the reset command \`${words.join(" ")}\` ${describeExit(exit)}`, logFile);
}

async function post({ baseUrl, lookup, signal }: HookOptions, path: string, logFile: string): Promise<void> {
  const url = `${baseUrl}${path}`;
  const answer = await get(url, POST_TIMEOUT_MS, { method: "POST", lookup, signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw startFailure(`the reset POST ${url} failed: ${reasonOf(error)}`, undefined, error);
  });
  await appendFile(logFile, `POST ${url} answered ${answer.status}\n${answer.body}\n`);
  if (answer.status < 200 || answer.status > 299) {
    throw startFailure(`the reset POST ${url} answered ${answer.status}`, logFile);
  }
}
