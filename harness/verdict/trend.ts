import type { CommitRecord, HistogramRecord } from "../collect/record.ts";
import { METRICS, type MetricName, type Statistic, type Unit, unitOf } from "../plan/metrics.ts";
import type { FigureName } from "./run-figures.ts";
import { eDivisive } from "./stats/e-divisive.ts";
import { median } from "./stats/moments.ts";
import { seededRandom } from "./stats/random.ts";
import { wasserstein } from "./stats/wasserstein.ts";

/** One run in a series. */
export interface SeriesPoint {
  readonly run: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly commit?: CommitRecord;
  /** In the unit of the metric; of a distribution its mean. */
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
  /** Medians of the level before and of the level after it, up to the next change. */
  readonly before: number;
  readonly after: number;
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

/**
 * One test in a thousand calls noise a change: a ledger has dozens of series, and somebody looks at them every day.
 * Fewer than three points are no level: a single spike is none.
 */
const CHANGE = { alpha: 0.001, permutations: 999, minimumSegment: 3 } as const;

/** Smaller changes are not worth a morning, however sure they are. Of a distribution: how far its values moved, in ln. */
const SMALLEST = { level: 0.02, distribution: 0.005 } as const;

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
    commits: new Set(points.map(placeOf)).size,
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

function changesOf(series: Series, accepted: readonly Accepted[]): ChangePoint[] {
  const { points, metric } = series;
  const splits = eDivisive(points.length, distanceOf(series), {
    ...CHANGE,
    random: seededRandom(Number.parseInt(series.id, 16)),
  });
  const edges = [0, ...splits.map(({ index }) => index), points.length];
  const levels = edges.slice(1).map((end, at) => median(points.slice(edges[at], end).map(({ value }) => value)));
  return splits.flatMap(({ index, p }, at): ChangePoint[] => {
    const [before, after] = [levels[at] ?? Number.NaN, levels[at + 1] ?? Number.NaN];
    const [lastGood, firstBad] = [points[index - 1], points[index]];
    if (lastGood === undefined || firstBad === undefined || !isWorthTelling(series, edges, at)) return [];
    const isWorse = (level: number) => (METRICS[metric].better === "lower" ? level > before : level < before);
    const recovered = levels
      .slice(at + 2)
      .some((level) => !isWorse(level) || Math.abs(level - before) <= SMALLEST.level * Math.abs(before));
    return [
      {
        index,
        lastGood,
        firstBad,
        p,
        before,
        after,
        ...(before > 0 && after > 0 ? { ratio: after / before } : {}),
        direction: isWorse(after) ? "worse" : "better",
        state: !isWorse(after) || isAccepted(series, index, accepted) ? "accepted" : recovered ? "recovered" : "open",
      },
    ];
  });
}

/** Scalars on the log scale where they can be, so that a change of 10 % weighs the same at every level. */
function distanceOf({ points, histograms }: Series): (i: number, j: number) => number {
  if (histograms !== undefined) {
    return (i, j) => {
      const [a, b] = [histograms[i], histograms[j]];
      return a === undefined || b === undefined ? 0 : wasserstein(a, b);
    };
  }
  const isPositive = points.every(({ value }) => value > 0);
  const scale = points.map(({ value }) => (isPositive ? Math.log(value) : value));
  return (i, j) => Math.abs((scale[i] ?? 0) - (scale[j] ?? 0));
}

function isWorthTelling({ points, histograms }: Series, edges: readonly number[], at: number): boolean {
  const [from = 0, split = 0, to = 0] = edges.slice(at, at + 3);
  if (histograms === undefined) {
    const level = (a: number, b: number) => median(points.slice(a, b).map(({ value }) => value));
    const [before, after] = [level(from, split), level(split, to)];
    return Math.abs(after - before) > SMALLEST.level * Math.abs(before);
  }
  const moved = histograms.slice(from, split).flatMap((a) => histograms.slice(split, to).map((b) => wasserstein(a, b)));
  return median(moved) > SMALLEST.distribution;
}

/** What a percentile of the same endpoint says already is not said again: what is left is in the tail or the shape. */
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
    .flatMap(({ changes, points }) => changes.map(({ index }) => points[index]?.run));
  const isSaid = (index: number) =>
    series.points.slice(Math.max(0, index - SAME_PLACE), index + SAME_PLACE + 1).some(({ run }) => said.includes(run));
  return { ...series, changes: series.changes.filter(({ index }) => !isSaid(index)) };
}
