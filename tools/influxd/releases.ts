import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

/** The lines of InfluxDB that are tested; go.mod in the folder of the same name pins every module. */
export const INFLUX_LINES = ["1.8", "2.7"] as const;
export type InfluxLine = (typeof INFLUX_LINES)[number];

/** A test holds these and the go.mod files together. */
export const INFLUXD_VERSIONS: Readonly<Record<InfluxLine, string>> = { "1.8": "1.8.10", "2.7": "2.7.12" };

/** Where builds are kept: PROOFLOAD_CACHE, else where proofload keeps its k6 in this checkout. */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  return env["PROOFLOAD_CACHE"] ?? fileURLToPath(new URL("../../.proofload/bin", import.meta.url));
}

/** `<cache>/influxd-<version>`, holding `influxd` and `influxd.sha256`; it appears whole or not at all. */
export function influxdDirectory(line: InfluxLine, cache: string): string {
  return join(cache, `influxd-${INFLUXD_VERSIONS[line]}`);
}

/**
 * The built binary, byte for byte as it was installed.
 * @throws Error that says what to type when there is none, or when it is another file.
 */
export async function requireInfluxd(line: InfluxLine, cache: string): Promise<string> {
  const path = join(influxdDirectory(line, cache), "influxd");
  const mend = `run \`npm run build:influxd -- ${line}\``;
  let found: string;
  try {
    found = await sha256OfFile(path);
  } catch (error) {
    throw new Error(`there is no influxd ${INFLUXD_VERSIONS[line]} at ${path}: ${mend}`, { cause: error });
  }
  const noted = (await readFile(`${path}.sha256`, "utf8").catch(() => "")).trim();
  if (noted !== found) throw new Error(`${path} is not the file that was built: remove its folder and ${mend}`);
  return path;
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
