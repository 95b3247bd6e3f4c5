import type { AbRecord } from "../../collect/ab-record.ts";
import type { AbVerdict } from "../../verdict/ab/ab-verdict.ts";
import { ICONS, safe } from "../markdown.ts";
import { machineLabel } from "../view.ts";
import { designLabel, detectableSentence, figureText, markOf, sideLabel, startsLabel } from "./ab-text.ts";

/** GitHub cuts a comment at 65,536 characters. */
const MOST_ADVISORY = 60;

/** An A/B comparison for a pull request. Every name in it may be hostile; see ../markdown.ts. */
export function renderAbMarkdown(record: AbRecord, verdict: AbVerdict): string {
  const rows = (gated: boolean) =>
    verdict.figures
      .filter((figure) => figure.gated === gated)
      .slice(0, MOST_ADVISORY)
      .map((figure) => {
        const { name, base, head, change, interval, detectable, said } = figureText(figure);
        const icon = figure.kind === undefined ? "" : ICONS[markOf(figure.kind)];
        return `| ${[icon, safe(name), base, head, `**${change}**`, interval, detectable, said].join(" | ")} |`;
      });
  const head = ["| | Figure | Base | Head | Change | Interval | Seen from | |", "|:-:|:--|--:|--:|--:|--:|--:|:--|"];
  const advisory = rows(false);
  return [
    `### ${ICONS[markOf(verdict.kind)]} proofload ab: ${verdict.kind}`,
    "",
    `**Verdict** ${safe(verdict.sentence, 600)}`,
    "",
    `- base: ${safe(sideLabel(record.sides.base), 200)}`,
    `- head: ${safe(sideLabel(record.sides.head), 200)}`,
    ...verdict.reasons.map(({ kind, sentence, remedy }) => {
      const then = remedy === undefined ? "" : ` → ${safe(remedy, 300)}`;
      return `- ${ICONS[kind]} ${safe(sentence, 400)}${then}`;
    }),
    "",
    ...head,
    ...rows(true),
    "",
    ...(advisory.length === 0
      ? []
      : [
          "<details><summary>Advisory figures: they decide nothing</summary>",
          "",
          ...head,
          ...advisory,
          "",
          "</details>",
          "",
        ]),
    safe(detectableSentence(verdict), 1000),
    "",
    `Run ${safe(record.runId)}, scenario ${safe(record.scenario)}: ${safe(startsLabel(record, verdict), 200)}; ${safe(designLabel(record), 200)}.`,
    `Measured on ${safe(machineLabel(record.fingerprint), 200)}, proofload ${safe(record.proofloadVersion)}.`,
    "",
  ].join("\n");
}
