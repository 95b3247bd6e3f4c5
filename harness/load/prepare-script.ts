import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ProofloadError } from "../errors.ts";
import { goSeconds } from "../plan/go-duration.ts";
import type { PeakLoad, ScenarioPlan } from "../plan/plan.ts";
import { userPeak } from "../plan/user-load.ts";
import { workloadOf } from "../plan/workload.ts";
import { bundleScenario, bundleText, bundleUserEntry, bundleUserScript, shown } from "./bundle.ts";
import { inspectBundle } from "./inspect.ts";
import { scriptEnvironment } from "./k6-arguments.ts";
import { type InspectedOptions, type UserOptions, userOptions } from "./user-options.ts";
import { type WorkloadHash, workloadHash } from "./workload-hash.ts";

export interface PreparedScript {
  /** The bundle, in memory: nothing is on disk until `writeBundle`. */
  readonly text: string;
  /** sha256 of the minified bundle, without its map. */
  readonly hash: string;
  readonly workload: WorkloadHash;
}

export interface ScriptTools {
  /** Path of k6. */
  readonly k6: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What the script sees as PROOFLOAD_BASE_URL while it is loaded; any address will do, nothing is sent. */
  readonly baseUrl?: string;
  readonly signal: AbortSignal;
}

/**
 * Bundles a scenario and lets k6 load it, so that every mistake in the script is known before anything is started.
 * @throws ProofloadError PL_SCENARIO
 */
export async function prepareScript(scenario: ScenarioPlan, tools: ScriptTools): Promise<PreparedScript> {
  const bundle =
    scenario.kind === "k6"
      ? await bundleUserEntry(scenario.script, await sameAsPlanned(scenario, tools), tools.cwd)
      : await bundleScenario(scenario, tools.cwd);
  const text = bundleText(bundle);
  await inspectBundle({
    ...inspection(scenario.script, text, tools),
    endpoints: scenario.endpoints.map((endpoint) => endpoint.name),
  });
  return { text, hash: bundle.hash, workload: workloadHash(workloadOf(scenario), bundle.scriptHash) };
}

/** What was held against the caps is what runs: options that change with the clock or chance cannot be held to any. */
async function sameAsPlanned({ script, peak }: ScenarioPlan, tools: ScriptTools): Promise<UserOptions> {
  const { options, maxVUs, ours } = await inspectUser(script, tools);
  const now = userPeak(options.scenarios, maxVUs, options["rps"]);
  if (peak === undefined || isDeepStrictEqual(now, peak)) return ours;
  throw new ProofloadError("PL_SCENARIO", `${shown(script, tools.cwd)} asks for other load every time`, {
    problems: [
      {
        what: `its options asked for ${loadText(peak)} when the run was planned, and for ${loadText(now)} now`,
        where: `${shown(script, tools.cwd)}: options`,
        instead: "options that do not depend on time or chance",
      },
    ],
  });
}

function loadText({ vus, rate, seconds }: PeakLoad): string {
  return `${vus} VUs${rate === undefined ? "" : `, ${rate}/s`}, ${seconds} s`;
}

export async function writeBundle(script: Pick<PreparedScript, "text">, directory: string): Promise<string> {
  const file = join(directory, "bundle.js");
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(file, script.text);
  } catch (error) {
    throw new ProofloadError("PL_RUN_DIRECTORY", `cannot write ${file}`, { cause: error });
  }
  return file;
}

export interface UserScript {
  /** k6's consolidated options: the shortcuts vus, duration, stages and iterations are among `scenarios`. */
  readonly options: InspectedOptions;
  /** At most, with graceful stops. */
  readonly totalSeconds: number;
  readonly maxVUs: number;
}

/** What an unchanged k6 script wants to do. @throws ProofloadError PL_SCENARIO */
export async function inspectUserScript(script: string, tools: ScriptTools): Promise<UserScript> {
  const { options, totalSeconds, maxVUs } = await inspectUser(script, tools);
  return { options, totalSeconds, maxVUs };
}

async function inspectUser(script: string, tools: ScriptTools) {
  const text = bundleText(await bundleUserScript(script, tools.cwd));
  const consolidated = await inspectBundle(inspection(script, text, tools));
  const totalSeconds = goSeconds(consolidated["totalDuration"]) ?? 0;
  const options: InspectedOptions = {
    ...consolidated,
    scenarios: consolidated.scenarios ?? {},
    thresholds: consolidated.thresholds ?? {},
  };
  return {
    options,
    totalSeconds,
    maxVUs: Number(consolidated["maxVUs"] ?? 0),
    ours: userOptions(options, totalSeconds),
  };
}

function inspection(script: string, text: string, tools: ScriptTools) {
  const env = scriptEnvironment(tools.env, tools.baseUrl ?? "http://127.0.0.1:9");
  return { k6: tools.k6, text, script, env, cwd: tools.cwd, signal: tools.signal };
}
