import { EMPTY_HISTOGRAM, mergeHistograms, subtractHistogram } from "./histogram.ts";
import type { Attributes, HistogramPoint, MetricsExport, NumberPoint, Point } from "./otlp.ts";
import type { HistogramRecord } from "./record.ts";
import { createSeriesLimit } from "./series-limit.ts";

/** What one series gained between two exports; a cumulative series that began anew gains from zero. */
export interface Gain<Value> {
  /** Epoch milliseconds of the export that brought it. */
  readonly at: number;
  readonly value: Value;
}

export interface Series<P extends Point> {
  readonly metric: string;
  readonly attributes: Attributes;
  readonly kind: P["kind"];
  /** In order of time, none twice. */
  readonly points: readonly (P & { readonly at: number })[];
}

export interface SeriesStore {
  /** Exports may come twice and in any order: a point that is held already changes nothing. */
  add(received: MetricsExport): void;
  numbers(metric: string): readonly Series<NumberPoint>[];
  histograms(metric: string): readonly Series<HistogramPoint>[];
  metrics(): readonly string[];
  /** Times of all exports, ascending, epoch milliseconds. */
  exportTimes(): readonly number[];
  /** Metrics with explicit buckets, which cannot be used. */
  explicitBuckets(): readonly string[];
}

/** Far beyond what a k6 process can send (2,000 of each metric); what is beyond is folded, and shows as overflow. */
const MOST_SERIES = 20_000;

interface Held {
  readonly metric: string;
  readonly attributes: Attributes;
  readonly kind: Point["kind"];
  readonly points: (Point & { readonly at: number })[];
}

/**
 * Holds the points of an OTLP stream. The state is a function of the set of points, not of their order. A series that
 * starts again (a sender that was restarted) is a series of its own, so that its values add up with the former ones.
 * `keepsHistory` says for which metrics every point is wanted; of the others the last one of a series is enough.
 */
export function createSeriesStore(
  keepsHistory: (metric: string) => boolean = () => true,
  mostSeries = MOST_SERIES,
): SeriesStore {
  const limit = createSeriesLimit(mostSeries);
  const held = new Map<string, Held>();
  const times = new Set<number>();
  const explicit = new Set<string>();
  const select = (metric: string) => [...held.values()].filter((series) => series.metric === metric);
  return {
    add(received) {
      for (const metric of received.explicitBuckets) explicit.add(metric);
      if (received.points.length > 0) times.add(received.at);
      for (const point of limit.apply(received).points) {
        const key = point.kind === "gauge" ? point.series : `${point.series}\n${point.start}`;
        const series = held.get(key);
        if (series === undefined) {
          const { metric, attributes, kind } = point;
          held.set(key, { metric, attributes, kind, points: [{ ...point, at: received.at }] });
        } else {
          const { attributes } = series;
          // Every export brings the same texts anew: held are those of the first.
          const again = { ...point, attributes, series: series.points[0]?.series ?? point.series, at: received.at };
          insert(series.points, again, keepsHistory(point.metric));
        }
      }
    },
    numbers: (metric) => select(metric).filter(isNumbers),
    histograms: (metric) => select(metric).filter(isHistograms),
    metrics: () => [...new Set([...held.values()].map((series) => series.metric))],
    exportTimes: () => [...times].sort((a, b) => a - b),
    explicitBuckets: () => [...explicit].sort(),
  };
}

/** The gains of a series, export by export; those that bring nothing are left out. */
export function numberGains(series: Series<NumberPoint>): Gain<number>[] {
  return series.points.flatMap((point, index) => {
    const before = earlier(series.points, index);
    const value = before === undefined || before.value > point.value ? point.value : point.value - before.value;
    return value === 0 ? [] : [{ at: point.at, value }];
  });
}

export function histogramGains(series: Series<HistogramPoint>): Gain<HistogramRecord>[] {
  return series.points.flatMap((point, index) => {
    const before = earlier(series.points, index);
    const value =
      before === undefined || before.value.count > point.value.count
        ? point.value
        : subtractHistogram(point.value, before.value);
    return value.count === 0 ? [] : [{ at: point.at, value }];
  });
}

/** What a series has gained in all. */
export function numberTotal(series: Series<NumberPoint>): number {
  const last = series.points.at(-1);
  if (last?.temporality === "cumulative" && series.kind === "sum") return last.value;
  return numberGains(series).reduce((sum, gain) => sum + gain.value, 0);
}

/** The values of several series in one histogram. */
export function histogramTotal(all: readonly Series<HistogramPoint>[]): HistogramRecord {
  return mergeHistograms(
    all.map((series) => {
      const last = series.points.at(-1);
      if (last === undefined) return EMPTY_HISTOGRAM;
      return last.temporality === "cumulative"
        ? last.value
        : mergeHistograms(series.points.map((point) => point.value));
    }),
  );
}

/** The point that a cumulative one continues. */
function earlier<P extends Point>(points: readonly P[], index: number): P | undefined {
  return points[index]?.temporality === "cumulative" ? points[index - 1] : undefined;
}

function insert(points: (Point & { readonly at: number })[], point: Point & { readonly at: number }, history: boolean) {
  let index = points.length;
  while (index > 0 && (points[index - 1]?.time ?? 0) > point.time) index -= 1;
  const before = points[index - 1];
  if (before?.time === point.time) return;
  if (point.temporality === "cumulative" && before !== undefined) {
    if (sizeOf(before) === sizeOf(point)) return; // says nothing new
    if (!history && index === points.length) points.pop();
    if (!history && index < points.length) return;
  }
  points.splice(Math.min(index, points.length), 0, point);
}

function sizeOf(point: Point): number {
  return point.kind === "histogram" ? point.value.count : point.value;
}

function isNumbers(series: Held): series is Held & Series<NumberPoint> {
  return series.kind !== "histogram";
}

function isHistograms(series: Held): series is Held & Series<HistogramPoint> {
  return series.kind === "histogram";
}
