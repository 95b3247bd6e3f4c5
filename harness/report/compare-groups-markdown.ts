import type { GroupComparison } from "../verdict/compare-groups.ts";
import {
  GROUP_MARKS,
  groupLine,
  groupSide,
  intervalText,
  NOT_PAIRED,
  rulesSentence,
  whyNoRatio,
} from "./compare-groups-text.ts";
import { detectableText, measureName, subjectName } from "./compare-text.ts";
import { safe } from "./markdown.ts";
import { SYMBOLS } from "./marks.ts";

/** GitHub cuts a comment at 65,536 characters. */
const MOST_ROWS = 250;

/** Two groups of runs for a pull request. Every name in it may be hostile; see markdown.ts. */
export function renderGroupsMarkdown(comparison: GroupComparison): string {
  const { left, right, labels, differences, rows, verdict, sentence } = comparison;
  return [
    `### ${SYMBOLS[GROUP_MARKS[verdict]]} proofload compare: ${verdict}`,
    "",
    safe(sentence, 300),
    "",
    `- left: ${safe(groupLine(left), 300)}`,
    `- right: ${safe(groupLine(right), 300)}`,
    ...labels.map(({ code, sentence: said }) => `- ⚠️ **${safe(code)}** ${safe(said, 400)}`),
    ...differences.map(
      ({ field, left: a, right: b }) => `- unlike in ${safe(field)}: ${safe(a)} left, ${safe(b)} right`,
    ),
    "",
    "| Scenario | Endpoint | Metric | Left | Right | Right/left | Visible | Verdict |",
    "|:--|:--|:--|--:|--:|--:|--:|:--|",
    ...rows.slice(0, MOST_ROWS).map((row) => {
      const names = [row.part, subjectName(row), measureName(row), groupSide(row, "left"), groupSide(row, "right")];
      const said = row.decides ? `${SYMBOLS[GROUP_MARKS[row.verdict]]} ${row.verdict}` : "advisory";
      return `| ${[...names.map((cell) => safe(cell)), intervalText(row), detectableText(row), said].join(" | ")} |`;
    }),
    "",
    ...(rows.length > MOST_ROWS ? [`${rows.length - MOST_ROWS} more rows are in the output of --json.`, ""] : []),
    ...whyNoRatio(comparison).map((text) => `${safe(text, 300)}\n`),
    `${rulesSentence(comparison)} ${NOT_PAIRED.replaceAll("`", "")}`,
    "",
  ].join("\n");
}
