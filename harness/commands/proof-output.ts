import { join, relative, resolve } from "node:path";
import { couldDetect } from "../could-detect.ts";
import type { Host } from "../host.ts";
import type { Proof } from "../prove.ts";
import { renderJson } from "../report/json.ts";
import { renderTerminal } from "../report/terminal.ts";
import { programName } from "./program-name.ts";
import { RUNS_DIRECTORY } from "./runs-directory.ts";

/** Options of every command that measures. */
export const PROOF_OPTIONS = {
  output: { type: "string", describe: `folder for run directories (default: ${RUNS_DIRECTORY})` },
  json: { type: "boolean", default: false, describe: "the report as JSON on standard output" },
  "share-host": { type: "boolean", default: false, describe: "measure beside another run; both are labelled" },
} as const;

export function runsDirectoryOf(host: Host, output: string | undefined): string {
  return output === undefined ? join(host.cwd, RUNS_DIRECTORY) : resolve(host.cwd, output);
}

/** Without a directory the last lines name no report: nothing was written. */
export async function showProof(
  host: Host,
  { plan, record, verdict, directory, dashboard }: Omit<Proof, "directory"> & Partial<Pick<Proof, "directory">>,
  json: boolean,
): Promise<void> {
  const { colour, columns } = host.out;
  const detectable = json || directory === undefined ? [] : await couldDetect(directory, { plan, record });
  const where = directory === undefined ? {} : { directory: relative(host.cwd, directory) || "." };
  const live = dashboard === undefined ? {} : { dashboard };
  host.out.write(
    json
      ? renderJson(record, verdict)
      : renderTerminal(record, verdict, plan, {
          colour,
          columns,
          program: programName(host),
          detectable,
          ...where,
          ...live,
        }),
  );
}
