import { join, resolve } from "node:path";
import { ProofloadError } from "../errors.ts";
import type { ServiceDefinition } from "../plan/definition.ts";
import { parseDuration } from "../plan/quantity.ts";
import { type Child, type ChildOptions, childEnd, describeExit, type Running, spawnChild } from "./child.ts";
import { failureOf, PartDied } from "./failure-watch.ts";
import { LOOPBACK } from "./free-port.ts";
import type { Guardian } from "./guardian.ts";
import { heapLimit, isNode } from "./heap-limit.ts";
import { startFailure } from "./log-tail.ts";
import { askHttp, awaitReady } from "./readiness.ts";

export interface ServiceOptions {
  readonly guardian: Guardian;
  readonly service: ServiceDefinition;
  /** Absolute folder of the configuration file, which the paths of the definition are relative to. */
  readonly configDirectory: string;
  /** Addresses of the dependencies, under the names of the definition. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly logDirectory: string;
  readonly signal: AbortSignal;
  /** Cores that it may run on; all when left out. */
  readonly cpuset?: string | undefined;
  /** What a Node service is held to, as far as its heap goes. */
  readonly memoryBytes?: number | undefined;
}

/** What a command gets of the user's environment: enough to run, nothing that changes what is measured. */
const INHERITED = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR"] as const;

/** @throws ProofloadError PL_START_FAILED with the last lines of its log when it ends or does not become ready. */
export async function startService(
  options: ServiceOptions & { readonly port: number; readonly settings: Readonly<Record<string, string>> },
): Promise<Child> {
  const { guardian, service, port, signal } = options;
  const [command, args] = commandOf(service.command, `service ${service.name}: command`);
  const child = await spawnChild(guardian, "service", command, args, {
    cwd: resolve(options.configDirectory, service.directory),
    env: environmentOf(options, {
      ...heapLimit(service, options.memoryBytes),
      ...options.settings,
      [service.portVariable]: String(port),
    }),
    logFile: join(options.logDirectory, "service.log"),
    role: "measured",
    ...held(options),
  });
  try {
    await awaitReady({
      what: `the service ${service.name}`,
      ask: () => askHttp(`http://${LOOPBACK}:${port}${service.readyPath}`),
      withinMs: readyWithinMs(service),
      signal,
      child,
    });
  } catch (error) {
    throwIfOutOfMemory(child);
    await child.stop(1000);
    throw error;
  }
  return child;
}

/** Runs the seed command to its end. @throws ProofloadError PL_START_FAILED with the last lines of its log. */
export async function seed(options: ServiceOptions): Promise<void> {
  const { guardian, service, configDirectory } = options;
  if (service.seedCommand === undefined) return;
  const [command, args] = commandOf(service.seedCommand, `service ${service.name}: seedCommand`);
  const child = await spawnChild(guardian, "seed", command, args, {
    cwd: resolve(configDirectory, service.directory),
    env: environmentOf(options, heapLimit(service, options.memoryBytes)),
    logFile: join(options.logDirectory, "seed.log"),
    ...held(options),
  });
  const exit = await childEnd(child, options.signal);
  throwIfOutOfMemory(child);
  if (exit.code !== 0) {
    const what = `the seed command \`${service.seedCommand.join(" ")}\` of ${service.name} ${describeExit(exit)}`;
    throw startFailure(what, child.logFile);
  }
}

function held({ service, cpuset, memoryBytes }: ServiceOptions): Pick<ChildOptions, "cpuset" | "memoryBytes"> {
  return {
    ...(cpuset === undefined ? {} : { cpuset }),
    ...(memoryBytes === undefined || !isNode(service) ? {} : { memoryBytes }),
  };
}

/** Too little memory is an answer about the service, not a mishap of the run. */
export function throwIfOutOfMemory({ exit, logFile }: Running): void {
  if (exit?.outOfMemory !== undefined) throw new PartDied(failureOf("service", exit, logFile));
}

export function versionOf(service: ServiceDefinition): string {
  return service.command[0] === "node" ? `node ${process.version}` : (service.command[0] ?? "");
}

/** @throws ProofloadError PL_CONFIG */
export function readyWithinMs(service: Pick<ServiceDefinition, "name" | "readyWithin">): number {
  const parsed = parseDuration(service.readyWithin);
  if (parsed.ok) return parsed.value * 1000;
  const where = `service ${service.name}: readyWithin`;
  throw new ProofloadError("PL_CONFIG", `${where}: ${parsed.what}; type ${parsed.instead}`);
}

export function commandOf(words: readonly string[], where: string): [command: string, args: readonly string[]] {
  const [first, ...rest] = words;
  if (first === undefined) throw new ProofloadError("PL_CONFIG", `${where} is empty`);
  return [first === "node" ? process.execPath : first, rest];
}

function environmentOf(
  options: ServiceOptions,
  more: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const { env } = options.guardian;
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, env[name]]));
  return { ...inherited, ...options.service.environment, ...more, ...options.addresses };
}
