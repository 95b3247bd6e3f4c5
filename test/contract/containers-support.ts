import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
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
