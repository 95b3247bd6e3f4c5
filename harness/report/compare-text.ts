/** What every form of a comparison says, worked out once. */
import type { ComparedRow, ComparedRun, Comparison } from "../verdict/compare.ts";
import { FEWEST_FOR_NOISE } from "../verdict/noise.ts";
import { nameOfMeasure } from "../verdict/text.ts";
import type { Measured } from "../verdict/verdict.ts";
import { formatMeasured } from "./format.ts";

/** Said with every comparison: it has no verdict, and this is why. */
export const NO_EVIDENCE =
  "One run against one run is no evidence of a difference: two runs of the same code differ as well. Repeat both, in turns, before you believe a ratio.";

/** "p95", "error_rate", "max of service_rss" */
export function measureName({ metric, statistic }: Pick<ComparedRow, "metric" | "statistic">): string {
  return metric === "latency" ? statistic : nameOfMeasure(metric, statistic);
}

export function side(measured: Measured | undefined, { unit }: Pick<ComparedRow, "unit">): string {
  return measured === undefined ? "–" : formatMeasured(measured, unit);
}

/** "1.04×", "0.96–1.02×"; three digits where it takes them to see that it is not 1. */
export function ratioText({ ratio }: Pick<ComparedRow, "ratio">): string {
  if (ratio === undefined) return "–";
  const edges = "value" in ratio ? [ratio.value] : [ratio.lower, ratio.upper];
  return `${edges.map(times).join("–")}×`;
}

function times(ratio: number): string {
  return ratio >= 100 ? String(Math.round(ratio)) : ratio.toFixed(Math.abs(ratio - 1) < 0.01 ? 3 : 2);
}

/** "≥ 8 %": the smallest change that is seen in 8 of 10 cases; nothing where that is not known. */
export function detectableText({ detectable }: Pick<ComparedRow, "detectable">): string {
  if (detectable === undefined) return "";
  // Nothing ever differed: every change would be seen.
  if (detectable < 0.0005) return "any";
  const percent = detectable * 100;
  return `≥ ${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** Said where nothing else tells what these runs could have shown. */
export function historySentence({ rows }: Comparison): string {
  return rows.some(({ detectable }) => detectable !== undefined)
    ? "VISIBLE is the smallest change that one run against one run shows in 8 of 10 cases, from the noise of earlier runs that are alike."
    : `What these two could have shown is not known: it takes ${FEWEST_FOR_NOISE} runs that are alike in the ledger.`;
}

export function subjectName({ subject }: Pick<ComparedRow, "subject">): string {
  return subject.kind === "scenario" ? "whole scenario" : subject.name;
}

export function runLine({ runId, suite, verdict, commit }: ComparedRun): string {
  const of =
    commit === undefined ? "" : `, commit ${commit.sha.slice(0, 10)}${commit.dirty ? " with local changes" : ""}`;
  return `${runId}, ${suite}, ${verdict}${of}`;
}

/** Rows in their order, together with what they are about. */
export function groupsOf<Row extends Pick<ComparedRow, "part">>(
  rows: readonly Row[],
): { readonly part: string; readonly rows: readonly Row[] }[] {
  return [...new Set(rows.map((row) => row.part))].map((part) => ({
    part,
    rows: rows.filter((row) => row.part === part),
  }));
}

/** Scenarios that were not compared, because one run has not got them. */
export function leftOut({ onlyLeft, onlyRight }: Comparison): string[] {
  return [
    ...(onlyLeft.length === 0 ? [] : [`only the left run has ${onlyLeft.join(", ")}`]),
    ...(onlyRight.length === 0 ? [] : [`only the right run has ${onlyRight.join(", ")}`]),
  ];
}
