import { copyFileSync, mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Layout } from "../../harness/plan/profile.ts";
import { standIns } from "../docker/images.ts";
import { fixtures } from "./environment-support.ts";

/** The fixture service in one file each, and a Dockerfile for them: nothing is fetched, whatever the machine reaches. */
export async function fixtureContext(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await build({
    entryPoints: ["server", "seed"].map((name) => join(fixtures, "service", `${name}.mjs`)),
    outdir: directory,
    bundle: true,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    external: ["pg-native"],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    logLevel: "error",
  });
  copyFileSync(join(fixtures, "service", "Dockerfile"), join(directory, "Dockerfile"));
}

/** Limits that are there and do not bite. */
export function wideLayout(): Layout {
  const cores = availableParallelism();
  const part = { cpus: cores, cpuset: `0-${cores - 1}`, memoryBytes: 512 * 1024 ** 2 };
  return {
    profile: "wide",
    scale: 1,
    sharesCores: true,
    parts: { service: part, postgres: part, redis: part, generator: part },
    postgres: { shared_buffers: "64MB" },
    redis: { maxmemory: "64mb" },
  };
}

/** The stand-ins, where nobody has said which images to take. */
export async function imageVariables(): Promise<Readonly<Record<string, string>>> {
  return process.env["PROOFLOAD_IMAGE_NODE"] === undefined ? standIns() : {};
}
