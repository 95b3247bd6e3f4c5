import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { describeExit } from "../child.ts";
import type { PartFailure } from "../environment.ts";
import { lastLines } from "../log-tail.ts";
import type { Docker } from "./engine.ts";
import { RUN_LABEL } from "./labels.ts";

export interface MemoryWatchOptions {
  readonly docker: Docker;
  readonly runId: string;
  readonly logDirectory: string;
  readonly report: (failure: PartFailure) => void;
}

/** As long as the end of a container may take to be told. */
const SETTLE_MS = 500;

const event = z.object({
  id: z.string(),
  Actor: z.object({ Attributes: z.object({ "proofload.part": z.enum(["service", "postgres", "redis"]) }) }),
});

/**
 * The kernel may end one process of a part (a worker of the service, a backend of Postgres) while its first one goes on:
 * no container ends then, and nothing but the engine's events tells. Resolves when the engine listens.
 */
export async function watchMemory(options: MemoryWatchOptions): Promise<Disposable> {
  const { docker, runId } = options;
  const stop = new AbortController();
  const stream = await docker.getEvents({
    filters: { type: ["container"], event: ["oom"], label: [`${RUN_LABEL}=${runId}`] },
    abortSignal: stop.signal,
  });
  // It hands on the errors of its input: the engine went away, or we did.
  const lines = createInterface({ input: stream }).on("error", () => {});
  lines.on("line", (line) => void note(line, options, stop.signal));
  return { [Symbol.dispose]: () => stop.abort() };
}

async function note(line: string, { docker, logDirectory, report }: MemoryWatchOptions, stopped: AbortSignal) {
  const parsed = event.safeParse(parse(line));
  if (!parsed.success) return;
  const { id, Actor } = parsed.data;
  const part = Actor.Attributes["proofload.part"];
  await sleep(SETTLE_MS, undefined, { ref: false });
  const found = await docker
    .getContainer(id)
    .inspect()
    .catch(() => undefined);
  // One that has ended says by itself why.
  if (found?.State.Running !== true || stopped.aborted) return;
  const how = describeExit({
    code: null,
    signal: "SIGKILL",
    outOfMemory: { limitBytes: found.HostConfig.Memory ?? 0 },
  });
  const logFile = `${logDirectory}/${part}.log`;
  report({ part, how: `lost a process, which ${how}`, logFile, lastLines: lastLines(logFile), outOfMemory: true });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
