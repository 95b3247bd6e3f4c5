import { join, relative, resolve } from "node:path";
import { proveCapacity } from "../prove-capacity.ts";
import { renderCapacityJson } from "../report/capacity/json.ts";
import { renderCapacityTerminal, stepLineOf } from "../report/capacity/terminal.ts";
import { formatValue } from "../report/format.ts";
import { writeCapacityReports } from "../reports-capacity.ts";
import { proofloadVersion } from "../version.ts";
import { searchOf } from "./capacity-search.ts";
import type { MakeCommand } from "./command.ts";
import { commitOf } from "./commit.ts";
import { systemOptions } from "./plan-options.ts";
import { type PlanOptions, planRun } from "./plan-request.ts";
import { stepLine } from "./progress-line.ts";
import { remember } from "./remember.ts";

interface CapacityCommandOptions extends Omit<PlanOptions, "what"> {
  readonly scenario: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly step: string;
  readonly resolution: string;
  readonly json: boolean;
  readonly output: string | undefined;
  readonly "share-host": boolean;
}

const CAPACITY_DIRECTORY = join(".proofload", "capacity");

/** The highest rate that holds every budget, as an interval, and what limits it. */
export const capacityCommand: MakeCommand<CapacityCommandOptions> = (host, finish) => ({
  command: "capacity <scenario>",
  describe: "Search the highest arrival rate that holds every budget, and name what limits it",
  builder: (yargs) =>
    systemOptions(
      yargs.positional("scenario", {
        type: "string",
        demandOption: true,
        describe: "a scenario whose streams all have an arrival rate; they are scaled together",
      }),
    )
      .option("from", { type: "string", describe: "first guess, requests/s (default: what the scenario asks for)" })
      .option("to", { type: "string", describe: "go no higher; a rate that holds there is a lower bound" })
      .option("step", {
        type: "string",
        default: "15s",
        describe: "measured time of a step; it is confirmed for three",
      })
      .option("resolution", { type: "string", default: "5%", describe: "how far apart the ends of the answer may lie" })
      .option("output", { type: "string", describe: `folder for the searches (default: ${CAPACITY_DIRECTORY})` })
      .option("json", { type: "boolean", default: false, describe: "the answer as JSON on standard output" })
      .option("share-host", {
        type: "boolean",
        default: false,
        describe: "measure beside another run; both are labelled",
      })
      .example("$0 capacity crud", "about five minutes")
      .example("$0 capacity crud --budget 'crud=capacity > 300/s'", "exit 1 when it is lower"),
  handler: async ({ scenario, json, output, ...options }) => {
    const { plan, configDirectory } = await planRun(host, { ...options, what: [scenario] });
    const search = searchOf(plan, options);
    const commit = await commitOf(configDirectory, host.env);
    const progress = stepLine(host);
    const { record, verdict, directory } = await proveCapacity(plan, host, {
      directory: output === undefined ? join(host.cwd, CAPACITY_DIRECTORY) : resolve(host.cwd, output),
      configDirectory,
      shareHost: options["share-host"],
      proofloadVersion: proofloadVersion(),
      search,
      ...(commit === undefined ? {} : { commit }),
      onProgress: (event) => {
        if (event.kind === "step") progress.show(event.text);
        else if (event.kind === "done") progress.note(stepLineOf(event.step));
        else if (event.kind === "rate") progress.show(`${event.purpose} ${formatValue(event.rate, "1/s")}`);
        else if (host.out.live) {
          const { rate, p95, dropped } = event.figures;
          const seen = p95 === undefined ? "" : `, p95 ${formatValue(p95, "ms")}`;
          progress.show(`${formatValue(rate, "1/s")}${seen}${dropped === 0 ? "" : `, ${dropped} dropped`}`);
        }
      },
    }).finally(() => progress.clear());
    await writeCapacityReports(directory, { record, verdict });
    await remember(host);
    const { colour, columns } = host.out;
    const shown = { colour, columns, directory: relative(host.cwd, directory.path) || "." };
    host.out.write(json ? renderCapacityJson(record, verdict) : renderCapacityTerminal(record, verdict, shown));
    finish(verdict.exitCode);
  },
});
