import type { Comparison } from "../verdict/compare.ts";
import {
  detectableText,
  groupsOf,
  historySentence,
  leftOut,
  measureName,
  NO_EVIDENCE,
  ratioText,
  runLine,
  side,
  subjectName,
} from "./compare-text.ts";
import { safe } from "./markdown.ts";

/** GitHub cuts a comment at 65,536 characters. */
const MOST_ROWS = 300;

/** Two runs side by side for a pull request. Every name in it may be hostile; see markdown.ts. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const { labels, differences, rows } = comparison;
  return [
    "### proofload compare",
    "",
    `- left: ${safe(runLine(comparison.left), 200)}`,
    `- right: ${safe(runLine(comparison.right), 200)}`,
    "",
    ...labels.map(({ code, sentence }) => `- ⚠️ **${safe(code)}** ${safe(sentence, 400)}`),
    ...differences.map(
      ({ field, left, right }) => `- unlike in ${safe(field)}: ${safe(left)} left, ${safe(right)} right`,
    ),
    ...leftOut(comparison).map((text) => `- not compared: ${safe(text, 300)}`),
    "",
    "| Scenario | Endpoint | Metric | Left | Right | Right/left | Visible |",
    "|:--|:--|:--|--:|--:|--:|--:|",
    ...groupsOf(rows.slice(0, MOST_ROWS)).flatMap((group) =>
      group.rows.map((row) => {
        const cells = [group.part, subjectName(row), measureName(row), side(row.left, row), side(row.right, row)];
        return `| ${[...cells.map((cell) => safe(cell)), ratioText(row), detectableText(row)].join(" | ")} |`;
      }),
    ),
    "",
    ...(rows.length > MOST_ROWS ? [`${rows.length - MOST_ROWS} more rows are in the output of --json.`, ""] : []),
    `${historySentence(comparison)} ${NO_EVIDENCE}`,
    "",
  ].join("\n");
}
