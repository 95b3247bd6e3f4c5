import { join } from "node:path";
import { openRun } from "../collect/run-directory.ts";
import type { Host } from "../host.ts";
import { renderAbJson } from "../report/ab/json.ts";
import { renderAbTerminal } from "../report/ab/terminal.ts";
import { decideAb } from "../verdict/ab/decide-ab.ts";
import { judge } from "../verdict/judge.ts";
import { adjusted } from "./adjustments.ts";
import type { MakeCommand } from "./command.ts";
import { BUDGET_OPTION } from "./plan-options.ts";
import { showProof } from "./proof-output.ts";
import { RUNS_DIRECTORY } from "./runs-directory.ts";
import { type StoredAb, storedAb } from "./stored-ab.ts";

interface JudgeOptions {
  readonly run: string;
  readonly json: boolean;
  readonly budget: readonly string[];
}

/** Judges a stored run again: no load is driven. */
export const judgeCommand: MakeCommand<JudgeOptions> = (host, finish) => ({
  command: "judge <run>",
  describe: "Judge a stored run or A/B comparison again; no load is driven",
  builder: (yargs) =>
    yargs
      .positional("run", {
        type: "string",
        demandOption: true,
        describe: "id, unique prefix, directory, last or last~1; or the id or directory of a comparison",
      })
      .option("budget", BUDGET_OPTION)
      .option("json", { type: "boolean", default: false, describe: "the report as JSON" })
      .example("$0 judge last", "the newest run"),
  handler: async ({ run, json, budget }) => {
    const comparison = await storedAb(host, run);
    if (comparison !== undefined) {
      finish(showAb(host, comparison, json));
      return;
    }
    const directory = await openRun(join(host.cwd, RUNS_DIRECTORY), run);
    const plan = adjusted(await directory.readPlan(), { budget });
    const record = await directory.readRecord();
    const verdict = judge(plan, record);
    await showProof(host, { plan, record, verdict }, json);
    finish(verdict.exitCode);
  },
});

function showAb({ out }: Host, { record, rules }: StoredAb, json: boolean): number {
  const verdict = decideAb(record, rules);
  out.write(json ? renderAbJson(record, verdict) : renderAbTerminal(record, verdict, out));
  return verdict.exitCode;
}
