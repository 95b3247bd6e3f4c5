import type { CommitRecord, HistogramRecord } from "../collect/record.ts";
import { METRICS, type MetricName, type Statistic, type Unit, unitOf } from "../plan/metrics.ts";
import {
  CHANGE_RULES,
  type ChangeRules,
  findChangePoints,
  findDistributionShifts,
  type Quantiles,
} from "./change-points.ts";
import type { FigureName } from "./run-figures.ts";

/** One run in a series. */
export interface SeriesPoint {
  readonly run: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly commit?: CommitRecord;
  /** In the unit of the metric; of a distribution its p99. */
  readonly value: number;
}

/** "distribution": all latencies of an endpoint at once, not one of their percentiles. */
export type SeriesStatistic = Statistic | "distribution";

/** One figure over many runs that are alike in machine, tools, environment and workload. */
export interface Series {
  /** Eight digits that stand for everything that makes it this series. */
  readonly id: string;
  readonly target: string;
  readonly part: string;
  /** "embedded", "containers", "url"; "process" of micro-benchmarks. */
  readonly environment: string;
  /** Of machine, tools, environment and workload, as hash. */
  readonly fingerprint: string;
  readonly subject: FigureName["subject"];
  readonly metric: MetricName;
  readonly statistic: SeriesStatistic;
  /** Oldest commit first. */
  readonly points: readonly SeriesPoint[];
  /** One for each point, of a distribution. */
  readonly histograms?: readonly HistogramRecord[];
}

/** A shift that somebody acknowledged. */
export interface Accepted {
  readonly series: string;
  /** Commit, or run where there is no commit. */
  readonly commit: string;
}

export interface ChangePoint {
  /** Of the first point of the new level. */
  readonly index: number;
  /** The runs, and so the commits, between which it changed. */
  readonly lastGood: SeriesPoint;
  readonly firstBad: SeriesPoint;
  /** Chance that a series without a change has one as clear. */
  readonly p: number;
  /** The level before, and the level after it up to the next change: medians; of a distribution `quantile`. */
  readonly before: number;
  readonly after: number;
  /** Of a distribution: the one that moved most. */
  readonly quantile?: keyof Quantiles;
  /** after ÷ before; absent where a level is not above 0. */
  readonly ratio?: number;
  readonly direction: "worse" | "better";
  /** recovered: a later level is as good as the one before. Of a change for the better always "accepted". */
  readonly state: "open" | "accepted" | "recovered";
}

export interface SeriesTrend extends Omit<Series, "histograms"> {
  readonly unit: Unit;
  readonly changes: readonly ChangePoint[];
}

export interface Trend {
  readonly schema: "proofload/trend/1";
  readonly runs: number;
  readonly commits: number;
  readonly series: readonly SeriesTrend[];
  /** Changes for the worse that nobody acknowledged. */
  readonly open: number;
}

/** One series in a thousand calls noise a change: a ledger has dozens, and somebody looks at them every day. */
const ALPHA = 0.001;

/** The estimate of where it changed moves by a point or two when runs are added. */
const SAME_PLACE = 2;

/** Change points of every series. Pure: the same history gives the same trend, wherever it is worked out. */
export function trendOf(
  histories: readonly Series[],
  accepted: readonly Accepted[],
  onSeries: (done: number) => void = () => undefined,
): Trend {
  const found = histories.map((series, index) => {
    onSeries(index);
    return seriesTrend(series, accepted);
  });
  const series = found.map((one) => (one.statistic === "distribution" ? withoutEchoes(one, found) : one));
  const points = series.flatMap((one) => one.points);
  return {
    schema: "proofload/trend/1",
    runs: new Set(points.map(({ run }) => run)).size,
    commits: new Set(points.flatMap(({ commit }) => commit?.sha ?? [])).size,
    series,
    open: series.flatMap(({ changes }) => changes).filter(({ state }) => state === "open").length,
  };
}

/** The commit of a point, or its run where there is none: what is named to accept a change. */
export function placeOf({ commit, run }: SeriesPoint): string {
  return commit?.sha ?? run;
}

/** True where both are about the same change of one series. */
export function isAccepted(
  { id, points }: Pick<Series, "id" | "points">,
  index: number,
  accepted: readonly Accepted[],
): boolean {
  const near = points.slice(Math.max(0, index - SAME_PLACE), index + SAME_PLACE + 1).map(placeOf);
  return accepted.some(({ series, commit }) => series === id && near.includes(commit));
}

function seriesTrend(series: Series, accepted: readonly Accepted[]): SeriesTrend {
  const { histograms, ...rest } = series;
  const { metric, statistic } = series;
  return {
    ...rest,
    unit: statistic === "distribution" ? METRICS[metric].unit : unitOf(metric, statistic),
    changes: changesOf(series, accepted),
  };
}

interface Shift {
  readonly index: number;
  readonly p: number;
  readonly before: number;
  readonly after: number;
  /** The same figure after each of the changes that came later. */
  readonly later: readonly number[];
  /** Of a distribution: which figure of it that is. */
  readonly quantile?: keyof Quantiles;
}

function changesOf(series: Series, accepted: readonly Accepted[]): ChangePoint[] {
  const { points, metric, histograms } = series;
  const isHigherWorse = METRICS[metric].better === "lower";
  const shifts = histograms === undefined ? scalarShifts(points) : distributionShifts(histograms);
  return shifts.flatMap(({ later, ...shift }): ChangePoint[] => {
    const { index, before, after } = shift;
    const [lastGood, firstBad] = [points[index - 1], points[index]];
    if (lastGood === undefined || firstBad === undefined) return [];
    const isWorse = (level: number) => (isHigherWorse ? level > before : level < before);
    const isBack = (level: number) =>
      !isWorse(level) || Math.abs(level - before) <= CHANGE_RULES.minimumChange * Math.abs(before);
    const state =
      !isWorse(after) || isAccepted(series, index, accepted) ? "accepted" : later.some(isBack) ? "recovered" : "open";
    return [
      {
        ...shift,
        lastGood,
        firstBad,
        ...(before > 0 && after > 0 ? { ratio: after / before } : {}),
        direction: isWorse(after) ? "worse" : "better",
        state,
      },
    ];
  });
}

function scalarShifts(points: readonly SeriesPoint[]): Shift[] {
  const found = findChangePoints(points, strict(CHANGE_RULES));
  return found.map(({ index, p, before, after }, at) => {
    return { index, p, before, after, later: found.slice(at + 1).map((one) => one.after) };
  });
}

/** Each by the figure that moved most. A later change of the median says nothing of a tail that grew. */
function distributionShifts(histograms: readonly HistogramRecord[]): Shift[] {
  const points = histograms.map((histogram) => ({ histogram }));
  const found = findDistributionShifts(points, strict(CHANGE_RULES));
  return found.map(({ index, p, before, after }, at) => {
    const distance = (quantile: keyof Quantiles) => Math.abs(Math.log(after[quantile] / before[quantile]));
    const quantile = (["p50", "p95", "p99"] as const).reduce((most, one) =>
      distance(one) > distance(most) ? one : most,
    );
    const later = found.slice(at + 1).map((one) => one.after[quantile]);
    return { index, p, before: before[quantile], after: after[quantile], later, quantile };
  });
}

function strict(rules: ChangeRules): ChangeRules {
  return { ...rules, alpha: ALPHA };
}

/**
 * What a percentile of the same endpoint says already is not said again: what is left is in the tail or the shape. One that
 * got better says nothing of a tail that got worse.
 */
function withoutEchoes(series: SeriesTrend, all: readonly SeriesTrend[]): SeriesTrend {
  const said = all
    .filter(
      (other) =>
        other.statistic !== "distribution" &&
        other.metric === series.metric &&
        other.fingerprint === series.fingerprint &&
        other.part === series.part &&
        other.subject.name === series.subject.name,
    )
    .flatMap(({ changes }) => changes);
  const isSaid = ({ index, direction }: ChangePoint) => {
    const near = series.points.slice(Math.max(0, index - SAME_PLACE), index + SAME_PLACE + 1).map(({ run }) => run);
    return said.some((one) => one.direction === direction && near.includes(one.firstBad.run));
  };
  return { ...series, changes: series.changes.filter((change) => !isSaid(change)) };
}
