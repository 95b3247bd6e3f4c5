import { mergeHistograms } from "./histogram.ts";
import { OVERFLOW } from "./labels.ts";
import type { Attributes, HistogramPoint, MetricsExport, NumberPoint, Point } from "./otlp.ts";

export interface SeriesLimit {
  /** The same export, with what is beyond the limit folded together. */
  apply(received: MetricsExport): MetricsExport;
  /** Series that are told apart. */
  tracked(): number;
  /** The most series that an export held beyond them: there were at least so many more. */
  folded(): number;
}

/** Metrics whose folded series are told apart from those of other metrics; the rest has this name. */
const MOST_METRICS = 200;
const OTHER_METRIC = "__other__";

/**
 * Bounds what has to be remembered of a stream: the first `most` series are told apart (of one metric `mostOfMetric`),
 * and the points of all others are added up within each export, by metric, into one that is marked as k6's exporter
 * marks what it folds together. A sender repeats every cumulative series in every export, so that the sum is cumulative
 * too. A series that starts anew counts as another one: otherwise a sender that is started again and again has no bound.
 */
export function createSeriesLimit(most: number, mostOfMetric = most): SeriesLimit {
  const known = new Set<string>();
  const knownOf = new Map<string, number>();
  const foldedMetrics = new Set<string>();
  let folded = 0;

  const isKnown = (point: Point) => {
    const key = seriesKey(point);
    if (known.has(key)) return true;
    const own = knownOf.get(point.metric) ?? 0;
    if (known.size >= most || own >= mostOfMetric) return false;
    known.add(key);
    knownOf.set(point.metric, own + 1);
    return true;
  };
  const nameOf = (metric: string) => {
    if (foldedMetrics.size < MOST_METRICS) foldedMetrics.add(metric);
    if (foldedMetrics.has(metric)) return metric;
    return metric.endsWith(".total") ? `${OTHER_METRIC}.total` : OTHER_METRIC;
  };

  return {
    apply(received) {
      const others: Point[] = [];
      const points = received.points.filter((point) => {
        if (isKnown(point)) return true;
        others.push(point);
        return false;
      });
      if (others.length === 0) return received;
      folded = Math.max(folded, others.length);
      const groups = Map.groupBy(others, ({ metric, kind, temporality, attributes }) =>
        ["folded", nameOf(metric), kind, temporality, outcomeOf(attributes)].join("\n"),
      );
      for (const [series, group] of groups) points.push(...fold(series, nameOf(group[0]?.metric ?? ""), group));
      return { ...received, points };
    },
    tracked: () => known.size,
    folded: () => folded,
  };
}

/** A cumulative series that starts anew is another one, so that both add up; a delta starts anew with every point. */
export function seriesKey(point: Point): string {
  return point.kind === "gauge" || point.temporality === "delta" ? point.series : `${point.series}\n${point.start}`;
}

/** All of one metric and kind. The newest of many gauges says nothing. */
function fold(series: string, metric: string, points: readonly Point[]): Point[] {
  const numbers = points.filter((point) => point.kind !== "histogram").filter((point) => point.kind === "sum");
  const histograms = points.filter((point) => point.kind === "histogram");
  const [number] = numbers;
  const [histogram] = histograms;
  return [
    ...(number === undefined ? [] : [foldedNumber(number, { ...common(number, points), series, metric }, numbers)]),
    ...(histogram === undefined
      ? []
      : [foldedHistogram(histogram, { ...common(histogram, points), series, metric }, histograms)]),
  ];
}

type Common = Pick<Point, "series" | "metric" | "attributes" | "start" | "time">;

function foldedNumber(first: NumberPoint, own: Common, points: readonly NumberPoint[]): NumberPoint {
  return { ...first, ...own, value: points.reduce((sum, point) => sum + point.value, 0) };
}

function foldedHistogram(first: HistogramPoint, own: Common, points: readonly HistogramPoint[]): HistogramPoint {
  return { ...first, ...own, value: mergeHistograms(points.map((point) => point.value)) };
}

function common({ attributes: { condition } }: Point, points: readonly Point[]) {
  const attributes: Attributes = { [OVERFLOW]: "true", ...(condition === undefined ? {} : { condition }) };
  return {
    attributes,
    // Series that come later start later; when the earliest start changes, the sender began anew.
    start: points.reduce((earliest, { start }) => Math.min(earliest, start), Number.POSITIVE_INFINITY),
    time: points.reduce((latest, { time }) => Math.max(latest, time), 0),
  };
}

/** What is neither is not told apart: names of a sender must not make groups. */
function outcomeOf({ condition }: Attributes): string {
  return condition === "zero" || condition === "nonzero" ? condition : "";
}
