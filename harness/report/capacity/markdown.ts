import type { CapacityRecord } from "../../collect/capacity-record.ts";
import type { CapacityVerdict } from "../../verdict/capacity/judge-capacity.ts";
import { safe } from "../markdown.ts";
import { SYMBOLS } from "../marks.ts";
import { budgetLabel } from "../view.ts";
import { answerText, searchText, stepRow } from "./view.ts";

/** A search for a pull request or a job summary. Every name in it may be hostile; see markdown.ts. */
export function renderCapacityMarkdown(record: CapacityRecord, verdict: CapacityVerdict): string {
  const limit = verdict.capacity?.limitedBy;
  return [
    `### ${SYMBOLS[verdict.kind]} proofload capacity: ${safe(record.scenario)}`,
    "",
    `**Verdict** ${safe(verdict.sentence, 500)}`,
    "",
    ...(limit === undefined
      ? []
      : [`**${answerText(verdict)}**, limited by the ${safe(limit.resource)}: ${safe(limit.evidence, 300)}`, ""]),
    ...verdict.budgets.map(
      ({ budget, kind, because = "" }) =>
        `- ${SYMBOLS[kind]} ${safe(budgetLabel(budget))} (${safe(budget.source)}) ${safe(because, 300)}`,
    ),
    ...verdict.notes.map((note) => `- ${safe(note, 300)}`),
    "",
    "| | Rate | For | p95 | Errors | In flight | Fullest | Why |",
    "|:-:|--:|:--|--:|--:|--:|:--|:--|",
    ...record.steps.map(stepRow).map((row) => {
      const cells = [row.rate, row.purpose, row.p95, row.errors, row.inFlight, row.fullest];
      return `| ${[SYMBOLS[row.mark], ...cells.map((cell) => safe(cell)), safe(row.why, 200)].join(" | ")} |`;
    }),
    "",
    safe(searchText(record), 300),
    "",
  ].join("\n");
}
