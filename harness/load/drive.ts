import { access, mkdir, writeFile } from "node:fs/promises";
import { freemem } from "node:os";
import { dirname, join } from "node:path";
import { lastLines } from "../environment/log-tail.ts";
import { ProofloadError } from "../errors.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import type { StartChild } from "./canary.ts";
import { type OtlpEndpoint, type RunLimits, runArguments, runEnvironment } from "./k6-arguments.ts";
import { k6Exit } from "./k6-exit.ts";
import { keptFrom } from "./kept-from.ts";
import type { DriveOutcome } from "./outcome.ts";

export interface DriveOptions {
  readonly scenario: Pick<ScenarioPlan, "kind" | "script">;
  /** From `prepareScript` and `writeBundle`. */
  readonly bundle: { readonly file: string; readonly hash: string };
  readonly k6: { readonly path: string; readonly version: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly baseUrl: string;
  readonly canaryUrl: string;
  /** Without it k6 sends its samples nowhere, and its summary is all there is. */
  readonly otlp?: OtlpEndpoint;
  /** Further variables that the script reads. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Where k6 says which request begins and ends, while costs are counted. */
  readonly meterUrl?: string;
  readonly limits: DriveLimits;
  /** For k6.log and k6-summary.json; absolute. */
  readonly directory: string;
  readonly start: StartChild;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Stops k6 when aborted. */
  readonly signal: AbortSignal;
  /** A command that runs k6 as its own process, e.g. ["taskset", "-c", "1"]: it must `exec`, so that the pid is k6's. */
  readonly launch?: { readonly prefix?: readonly string[] };
}

export interface DriveLimits extends RunLimits {
  /** k6 is stopped when it has not ended by itself after so long; for ever when left out. */
  readonly seconds?: number;
}

export interface Drive {
  /** Of k6, for the resource sampler. */
  readonly pid: number;
  /** Never rejects: what went wrong is in `exit`. */
  readonly done: Promise<DriveOutcome>;
  /** Ends the load at once, still with teardown and summary (SIGINT); forced after 20 s. */
  stop(): Promise<DriveOutcome>;
}

/** @throws ProofloadError PL_RUN_DIRECTORY, PL_START_FAILED */
export async function drive(options: DriveOptions): Promise<Drive> {
  const { scenario, bundle, k6, directory, signal } = options;
  const summaryFile = join(directory, "k6-summary.json");
  const logFile = join(directory, "k6.log");
  const configFile = await emptyConfig(directory);
  const isUsers = scenario.kind === "k6";
  // A user's script comes through standard input: k6 then resolves the files that it opens from the working directory.
  const [command, args] = commandLine(
    [
      ...(options.launch?.prefix ?? []),
      k6.path,
      ...runArguments(
        isUsers ? "-" : bundle.file,
        configFile,
        options.limits,
        options.otlp === undefined ? [] : ["opentelemetry"],
      ),
    ],
    isUsers ? bundle.file : undefined,
  );
  signal.throwIfAborted();
  const startedAt = options.now();
  const child = await options.start("k6", command, args, {
    cwd: isUsers ? dirname(scenario.script) : directory,
    env: runEnvironment({
      base: options.env,
      baseUrl: options.baseUrl,
      canaryUrl: options.canaryUrl,
      ...(options.meterUrl === undefined ? {} : { meterUrl: options.meterUrl }),
      otlp: options.otlp,
      variables: options.variables,
      summaryFile,
      outputDirectory: options.cwd,
      freeMemoryBytes: freemem(),
    }),
    logFile,
    endSignal: "SIGINT",
    // After the harness itself: load without anybody who judges it ends at once, teardown or not.
    orphanGraceMs: 1000,
    role: "instrument",
  });

  const done = child.exited.then(async ({ code, signal: killedBy }): Promise<DriveOutcome> => {
    const lines = lastLines(logFile, 20);
    const kept = await keptFrom(logFile);
    return {
      startedAt,
      endedAt: options.now(),
      exit: k6Exit({ code, signal: killedBy, lastLines: lines, stopped: child.stopping }),
      ...(kept.length === 0 ? {} : { keptFrom: kept }),
      summaryFile: (await exists(summaryFile)) ? summaryFile : undefined,
      k6Version: k6.version,
      bundleHash: bundle.hash,
    };
  });
  const stop = async (): Promise<DriveOutcome> => {
    await child.stop(20_000);
    return done;
  };
  const onAbort = (): void => void stop();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const { seconds } = options.limits;
  const deadline = seconds === undefined ? undefined : setTimeout(onAbort, seconds * 1000).unref();
  void done.then(() => {
    clearTimeout(deadline);
    signal.removeEventListener("abort", onAbort);
  });
  return { pid: child.pid, done, stop };
}

/** `exec` keeps the process id; the file is opened by the shell, because a child of the run has no other input. */
function commandLine(
  words: readonly string[],
  input: string | undefined,
): readonly [command: string, args: readonly string[]] {
  if (input !== undefined) return ["/bin/sh", ["-c", 'input=$0; exec "$@" < "$input"', input, ...words]];
  const [command = "", ...args] = words;
  return [command, args];
}

/** k6 would read the user's own defaults from ~/.config/k6 otherwise. */
async function emptyConfig(directory: string): Promise<string> {
  const file = join(directory, "k6-config.json");
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(file, "{}\n");
  } catch (error) {
    throw new ProofloadError("PL_RUN_DIRECTORY", `cannot write ${file}`, { cause: error });
  }
  return file;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
