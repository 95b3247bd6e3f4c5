import { join } from "node:path";
import { openRun } from "../collect/run-directory.ts";
import { ProofloadError } from "../errors.ts";
import { renderComparisonMarkdown } from "../report/compare-markdown.ts";
import { renderComparison } from "../report/compare-terminal.ts";
import { plain } from "../report/plain.ts";
import { type Comparison, compareRuns } from "../verdict/compare.ts";
import type { MakeCommand } from "./command.ts";
import { RUNS_DIRECTORY } from "./runs-directory.ts";

interface CompareOptions {
  readonly left: string;
  readonly right: string;
  readonly force: boolean;
  readonly json: boolean;
  readonly markdown: boolean;
}

/** Two stored runs side by side: refused where they are not alike in machine, environment and workload. */
export const compareCommand: MakeCommand<CompareOptions> = (host, finish) => ({
  command: "compare <left> <right>",
  describe: "Show two stored runs side by side; refuses runs that are not alike",
  builder: (yargs) =>
    yargs
      .positional("left", {
        type: "string",
        demandOption: true,
        describe: "id, unique prefix, directory, last or last~1",
      })
      .positional("right", {
        type: "string",
        demandOption: true,
        describe: "the same; ratios are right divided by left",
      })
      .option("force", {
        type: "boolean",
        default: false,
        describe: "compare runs that are not alike all the same, and label the result",
      })
      .option("json", { type: "boolean", default: false, describe: "the comparison as JSON" })
      .option("markdown", { type: "boolean", default: false, describe: "the comparison as Markdown" })
      .example("$0 compare last~1 last", "the two newest runs"),
  handler: async ({ left, right, force, json, markdown }) => {
    if (json && markdown) throw new ProofloadError("PL_USAGE", "--json and --markdown are two forms; give one");
    const [a, b] = await Promise.all([left, right].map((run) => stored(join(host.cwd, RUNS_DIRECTORY), run)));
    if (a === undefined || b === undefined)
      throw new ProofloadError("PL_INTERNAL", "a run was opened and is not there");
    const comparison = compareRuns(a, b);
    if (!force) refuseUnlike(comparison);
    host.out.write(
      json
        ? `${JSON.stringify(comparison, undefined, 2)}\n`
        : markdown
          ? renderComparisonMarkdown(comparison)
          : renderComparison(comparison, host.out),
    );
    finish(0);
  },
});

async function stored(root: string, run: string) {
  const directory = await openRun(root, run);
  return { plan: await directory.readPlan(), record: await directory.readRecord() };
}

function refuseUnlike({ differences, left, right }: Comparison): void {
  if (differences.length === 0) return;
  throw new ProofloadError("PL_UNLIKE", `${left.runId} and ${right.runId} are not alike`, {
    problems: differences.map(({ field, left: a, right: b }) => ({
      what: `left ${plain(a)}, right ${plain(b)}`,
      where: plain(field),
    })),
  });
}
