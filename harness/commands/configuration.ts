import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Configuration } from "../plan/definition.ts";
import { readConfiguration } from "../plan/read-configuration.ts";

const NAMES = ["proofload.config.ts", "proofload.config.js", "proofload.config.mjs"];

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** Absolute path of the file; paths inside it are relative to its folder. */
  readonly file: string;
  readonly directory: string;
}

/** Finds and imports the configuration: the file given, or the nearest proofload.config.* from here upwards. */
export async function loadConfiguration(host: Host, given: string | undefined): Promise<LoadedConfiguration> {
  const file = given === undefined ? nearestConfiguration(host.cwd) : resolve(host.cwd, given);
  if (file === undefined || !existsSync(file)) {
    const what = given === undefined ? `there is no ${NAMES[0]} here or above` : `there is no file ${given}`;
    throw new ProofloadError("PL_CONFIG", what, {
      problems: [{ what, where: host.cwd, instead: "run in a folder that has one, or give --config <file>" }],
    });
  }
  const shown = relative(host.cwd, file);
  let exported: unknown;
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    exported = module.default;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new ProofloadError("PL_CONFIG", `${shown} cannot be loaded`, {
      problems: [{ what, where: shown }],
      cause: error,
    });
  }
  return { configuration: readConfiguration(exported, shown), file, directory: dirname(file) };
}

export function nearestConfiguration(directory: string): string | undefined {
  const here = NAMES.map((name) => join(directory, name)).find((file) => existsSync(file));
  const parent = dirname(directory);
  return here ?? (parent === directory ? undefined : nearestConfiguration(parent));
}
