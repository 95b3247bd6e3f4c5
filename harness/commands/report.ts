import { join, relative } from "node:path";
import { openRun } from "../collect/run-directory.ts";
import { writeReports } from "../reports.ts";
import { judge } from "../verdict/judge.ts";
import { adjusted } from "./adjustments.ts";
import type { MakeCommand } from "./command.ts";
import { BUDGET_OPTION } from "./plan-options.ts";
import { RUNS_DIRECTORY } from "./runs-directory.ts";

/** Writes the reports of a stored run again: no load is driven. */
export const reportCommand: MakeCommand<{ run: string; budget: readonly string[] }> = (host, finish) => ({
  command: "report <run>",
  describe: "Write HTML, Markdown and JUnit of a stored run again; no load is driven",
  builder: (yargs) =>
    yargs
      .positional("run", {
        type: "string",
        demandOption: true,
        describe: "id, unique prefix, directory, last or last~1",
      })
      .option("budget", BUDGET_OPTION)
      .example("$0 report last", "the newest run"),
  handler: async ({ run, budget }) => {
    const directory = await openRun(join(host.cwd, RUNS_DIRECTORY), run);
    const plan = adjusted(await directory.readPlan(), { budget });
    const record = await directory.readRecord();
    const files = await writeReports(directory, { plan, record, verdict: judge(plan, record) });
    for (const file of files) {
      host.out.write(`${relative(host.cwd, file)}\n`);
    }
    finish(0);
  },
});
