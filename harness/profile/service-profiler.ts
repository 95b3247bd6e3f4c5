import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../environment/environment.ts";
import { heapLimit } from "../environment/heap-limit.ts";
import { isAlive } from "../environment/processes.ts";
import type { ServiceDefinition } from "../plan/definition.ts";

/** Between two samples; as profile-hook.mjs asks for it. */
export const SAMPLE_NS = 500_000;

type Settings = Readonly<Record<string, string>>;

export interface ServiceProfiler {
  /** The settings that the service has to be started with (`Environment.reset`), made of those that it would have had. */
  readonly settings: Settings;
  start(): Promise<void>;
  /** The profiles of all processes and threads of the service that did something; empty where it is no Node service. */
  stop(): Promise<readonly unknown[]>;
}

/** The hook looks every 50 ms; a busy event loop looks later. */
const WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/**
 * A CPU profiler for a Node service in the embedded environment: of the time between `start` and `stop` alone, without
 * its start and its warm-up, and without a port or a signal. What is measured meanwhile is slower by the profiler.
 */
export async function prepareProfiler(
  directory: string,
  { environment, service, settings }: { environment: Environment; service: ServiceDefinition; settings: Settings },
): Promise<ServiceProfiler> {
  await mkdir(directory, { recursive: true });
  const memoryBytes = environment.facts().layout?.parts.service.memoryBytes;
  const { NODE_OPTIONS: own } = { ...service.environment, ...heapLimit(service, memoryBytes), ...settings };
  const hook = `--import=${new URL("./profile-hook.mjs", import.meta.url).href}`;
  const named = async (ending: string) =>
    (await readdir(directory)).flatMap((name) => (name.endsWith(ending) ? [name.slice(0, -ending.length)] : []));
  const waitFor = async (isDone: () => Promise<boolean>) => {
    for (let waited = 0; waited < WITHIN_MS && !(await isDone()); waited += LOOK_EVERY_MS) await sleep(LOOK_EVERY_MS);
  };
  return {
    settings: {
      ...settings,
      NODE_OPTIONS: own === undefined ? hook : `${own} ${hook}`,
      PROOFLOAD_PROFILE_DIRECTORY: directory,
    },
    async start() {
      await writeFile(join(directory, "start"), "");
      await waitFor(async () => (await named(".started")).length > 0);
    },
    async stop() {
      await writeFile(join(directory, "stop"), "");
      await waitFor(async () => {
        const written = new Set(await named(".cpuprofile"));
        // A process that has ended meanwhile writes none any more.
        return (await named(".started")).every((one) => written.has(one) || !isAlive(Number.parseInt(one, 10)));
      });
      const files = await named(".cpuprofile");
      return Promise.all(
        files.map(
          async (file): Promise<unknown> => JSON.parse(await readFile(join(directory, `${file}.cpuprofile`), "utf8")),
        ),
      );
    },
  };
}
