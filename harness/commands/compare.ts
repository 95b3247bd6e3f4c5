import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { noiseBook } from "../ledger/noise-book.ts";
import { renderGroupsMarkdown } from "../report/compare-groups-markdown.ts";
import { renderGroups } from "../report/compare-groups-terminal.ts";
import { renderComparisonMarkdown } from "../report/compare-markdown.ts";
import { renderComparison } from "../report/compare-terminal.ts";
import { plain } from "../report/plain.ts";
import type { StoredRun } from "../verdict/comparable.ts";
import { type Comparison, compareRuns } from "../verdict/compare.ts";
import { compareGroups, type GroupComparison, type NamedGroup } from "../verdict/compare-groups.ts";
import type { MakeCommand } from "./command.ts";
import { ledgerOf } from "./ledger-root.ts";
import { isBaseline, storedRunsOf } from "./stored-run.ts";

interface CompareOptions {
  readonly left: string;
  readonly right: readonly string[];
  readonly force: boolean;
  readonly json: boolean;
  readonly markdown: boolean;
}

/** Run beside run, without a verdict; or group against group, with one. */
export const compareCommand: MakeCommand<CompareOptions> = (host, finish) => ({
  command: "compare <left> <right..>",
  describe: "Compare two stored runs, or two groups of runs; refuses runs that are not alike",
  builder: (yargs) =>
    yargs
      .positional("left", {
        type: "string",
        demandOption: true,
        describe: "id, unique prefix, directory, last or last~1; or a baseline",
      })
      .positional("right", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "the same, or several of them; ratios are right divided by left",
      })
      .option("force", {
        type: "boolean",
        default: false,
        describe: "compare runs that are not alike all the same, and label the result",
      })
      .option("json", { type: "boolean", default: false, describe: "the comparison as JSON" })
      .option("markdown", { type: "boolean", default: false, describe: "the comparison as Markdown" })
      .example("$0 compare last~1 last", "the two newest runs, side by side: no verdict")
      .example(
        "$0 compare v1.4 last~2 last~1 last",
        "the three newest runs against a baseline: exit code 1 when slower",
      ),
  handler: async ({ left, right, force, json, markdown }) => {
    if (json && markdown) throw new ProofloadError("PL_USAGE", "--json and --markdown are two forms; give one");
    using ledger = await ledgerOf(host);
    const runs = {
      left: await storedRunsOf(host, ledger, left),
      right: (await Promise.all(right.map((word) => storedRunsOf(host, ledger, word)))).flat(),
    };
    const isGroup = right.length > 1 || (await isBaseline(ledger, left)) || (await isBaseline(ledger, right[0] ?? ""));
    const form = json ? "json" : markdown ? "markdown" : "terminal";
    if (isGroup) {
      const comparison = groups({ name: left, runs: runs.left }, { name: right.join(", "), runs: runs.right }, force);
      host.out.write(groupText(comparison, host, form));
      finish(comparison.exitCode);
    } else {
      host.out.write(runText(pair(ledger, runs.left[0], runs.right[0], force), host, form));
      finish(0);
    }
  },
});

type Form = "json" | "markdown" | "terminal";

function pair(ledger: Ledger, left: StoredRun | undefined, right: StoredRun | undefined, force: boolean): Comparison {
  if (left === undefined || right === undefined) {
    throw new ProofloadError("PL_INTERNAL", "a run was opened and is not there");
  }
  const comparison = compareRuns(left, right, noiseBook(ledger, left));
  if (!force)
    refuseUnlike(comparison.differences, `${comparison.left.runId} and ${comparison.right.runId} are not alike`);
  return comparison;
}

/** A run on both sides would be compared with itself. */
function groups(left: NamedGroup, right: NamedGroup, force: boolean): GroupComparison {
  const ids = (group: NamedGroup) => group.runs.map(({ record }) => record.runId);
  const both = ids(left).filter((id) => ids(right).includes(id));
  const twice = [left, right].flatMap((group) => ids(group).filter((id, index, all) => all.indexOf(id) !== index));
  if (both.length + twice.length > 0) {
    throw new ProofloadError("PL_USAGE", "every run counts once: give each of them on one side, once", {
      problems: [...new Set([...both, ...twice])].map((id) => ({
        where: id,
        what: both.includes(id) ? "it is on both sides" : "it is there twice",
      })),
    });
  }
  const comparison = compareGroups(left, right);
  if (!force) refuseUnlike(comparison.differences, `the runs of ${left.name} and ${right.name} are not all alike`);
  return comparison;
}

function refuseUnlike(differences: Comparison["differences"], sentence: string): void {
  if (differences.length === 0) return;
  throw new ProofloadError("PL_UNLIKE", sentence, {
    problems: differences.map(({ field, left: a, right: b }) => ({
      what: `left ${plain(a)}, right ${plain(b)}`,
      where: plain(field),
    })),
  });
}

function groupText(comparison: GroupComparison, { out }: Host, form: Form): string {
  if (form === "json") return `${JSON.stringify(comparison, undefined, 2)}\n`;
  return form === "markdown" ? renderGroupsMarkdown(comparison) : renderGroups(comparison, out);
}

function runText(comparison: Comparison, { out }: Host, form: Form): string {
  if (form === "json") return `${JSON.stringify(comparison, undefined, 2)}\n`;
  return form === "markdown" ? renderComparisonMarkdown(comparison) : renderComparison(comparison, out);
}
