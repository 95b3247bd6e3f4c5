/** What every form of a trend says, worked out once. */
import { nameOfMeasure } from "../../verdict/text.ts";
import { type ChangePoint, placeOf, type SeriesPoint, type SeriesTrend } from "../../verdict/trend.ts";
import { formatValue } from "../format.ts";

/** "p95", "latency as a whole", "max of service_rss" */
export function seriesMeasure({ metric, statistic }: Pick<SeriesTrend, "metric" | "statistic">): string {
  if (statistic === "distribution") return `${metric} as a whole (p99)`;
  return metric === "latency" ? statistic : nameOfMeasure(metric, statistic);
}

export function seriesSubject({ subject }: Pick<SeriesTrend, "subject">): string {
  return subject.kind === "scenario" ? "whole scenario" : subject.name;
}

/** "0012abcdef (2026-01-13)"; the run where there is no commit. */
export function momentText(point: SeriesPoint): string {
  const date = (point.commit?.time ?? point.createdAt).slice(0, 10);
  const changed = point.commit?.dirty === true ? ", with local changes" : "";
  return `${shortPlace(point)} (${date}${changed})`;
}

/** What is typed after `trend accept`. */
export function shortPlace(point: SeriesPoint): string {
  return point.commit === undefined ? placeOf(point) : point.commit.sha.slice(0, 10);
}

/** "21 % worse, 4.1 ms → 5.0 ms" */
export function changeText(
  { before, after, ratio, direction, quantile }: ChangePoint,
  { unit }: Pick<SeriesTrend, "unit">,
): string {
  const levels = `${quantile === undefined ? "" : `most in ${quantile}, `}${formatValue(before, unit)} → ${formatValue(after, unit)}`;
  const percent = Math.abs((ratio ?? 1) - 1) * 100;
  const said = percent < 1 ? "" : `${percent.toFixed(percent < 10 ? 1 : 0)} % `;
  return `${said}${direction}, ${levels}`;
}

/** Where it changed; the same commit on both sides is not the commit's doing. */
export function rangeText({ lastGood, firstBad }: ChangePoint): string {
  return placeOf(lastGood) === placeOf(firstBad)
    ? `between two runs of ${momentText(firstBad)}: the code was the same, so look at the machine`
    : `first in ${momentText(firstBad)}, not yet in ${momentText(lastGood)}`;
}

/** Never 0: what permutations cannot show is not claimed. */
export function chanceText({ p }: ChangePoint): string {
  return `p ≤ ${p.toFixed(3)}`;
}

/** What is shown unless somebody asks for more: the usual figures, and everything that changed. */
export function isShown({ metric, statistic, changes }: SeriesTrend): boolean {
  if (changes.length > 0) return true;
  if (metric === "latency") return statistic === "p50" || statistic === "p95";
  return metric === "capacity" || ((metric === "cpu_time" || metric === "time") && statistic === "mean");
}

/** Series in their order, under the scenario and the machine that they belong to. */
export function trendGroups(
  series: readonly SeriesTrend[],
): { readonly title: string; readonly series: readonly SeriesTrend[] }[] {
  const groups = Map.groupBy(series, ({ part, target, environment, fingerprint }) =>
    [part, target, environment, `alike ${fingerprint.slice(0, 8)}`].join(" · "),
  );
  return [...groups].map(([title, own]) => ({ title, series: own }));
}

/** The verdict on the history, in one line. */
export function trendSentence({
  open,
  series,
}: {
  readonly open: number;
  readonly series: readonly unknown[];
}): string {
  if (series.length === 0) return "no series yet: two runs that are alike make one";
  return open === 0
    ? "no change for the worse that is not accepted"
    : `${countText(open, "change")} for the worse that nobody accepted`;
}

export function countText(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
