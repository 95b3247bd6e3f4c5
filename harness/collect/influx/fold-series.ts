import { mergeHistograms } from "../histogram.ts";
import type { HistogramPoint, NumberPoint, Point as OtlpPoint } from "../otlp.ts";
import { OTHER } from "./routes.ts";

/** Series of a stream that are followed one by one, in all and of one metric. */
const MOST_SERIES = 8000;
const MOST_OF_METRIC = 1000;
/** Metrics whose further series are told apart from those of other metrics. */
const MOST_METRICS = 200;

export interface SeriesLimit {
  /** The points of an export as they are followed: each with the key of its series. */
  limit(points: readonly OtlpPoint[]): { readonly key: string; readonly point: OtlpPoint }[];
  /** Series in one export that were not followed one by one. */
  folded(): number;
}

/**
 * Bounds what is held. The first series are followed; of the others of a metric the points of an export are added up into
 * one: an SDK sends every series with every export, so that their sum is cumulative too, and no sample is lost.
 */
export function createSeriesLimit(mostSeries = MOST_SERIES, mostOfMetric = MOST_OF_METRIC): SeriesLimit {
  const followed = new Set<string>();
  const ofMetric = new Map<string, number>();
  const foldedMetrics = new Set<string>();
  let mostFolded = 0;

  const isFollowed = (key: string, metric: string) => {
    if (followed.has(key)) return true;
    const own = ofMetric.get(metric) ?? 0;
    if (followed.size >= mostSeries || own >= mostOfMetric) return false;
    followed.add(key);
    ofMetric.set(metric, own + 1);
    return true;
  };
  const foldedName = (metric: string) => {
    if (foldedMetrics.size < MOST_METRICS) foldedMetrics.add(metric);
    return foldedMetrics.has(metric) ? metric : `${OTHER}${metric.endsWith(".total") ? ".total" : ""}`;
  };

  return {
    limit(points) {
      const result: { key: string; point: OtlpPoint }[] = [];
      const rest = new Map<string, OtlpPoint[]>();
      for (const point of points) {
        const key = identityOf(point);
        if (isFollowed(key, point.metric)) {
          result.push({ key, point });
          continue;
        }
        const { condition = "" } = point.attributes;
        const outcome = condition === "zero" || condition === "nonzero" ? condition : "";
        const group = `folded\n${point.kind}\n${point.temporality}\n${outcome}\n${foldedName(point.metric)}`;
        const held = rest.get(group);
        if (held === undefined) rest.set(group, [point]);
        else held.push(point);
      }
      let folded = 0;
      for (const [key, group] of rest) {
        folded += group.length;
        const [first] = group;
        if (first !== undefined) result.push({ key, point: sumOf(group, first, foldedName(first.metric)) });
      }
      mostFolded = Math.max(mostFolded, folded);
      return result;
    },
    folded: () => mostFolded,
  };
}

/** A cumulative series that starts anew is another one, so that both add up; a delta series starts anew with every point. */
function identityOf(point: OtlpPoint): string {
  return point.kind === "gauge" || point.temporality === "delta" ? point.series : `${point.series}\n${point.start}`;
}

function sumOf(group: readonly OtlpPoint[], first: OtlpPoint, metric: string): OtlpPoint {
  const { condition } = first.attributes;
  const common = {
    metric,
    attributes: { "otel.metric.overflow": "true", ...(condition === undefined ? {} : { condition }) },
    series: metric,
    // A later one is that of a series which came later; when the earliest changes, the sender began anew.
    start: group.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY),
    time: group.reduce((most, { time }) => Math.max(most, time), Number.NEGATIVE_INFINITY),
    temporality: first.temporality,
  };
  if (first.kind === "histogram") {
    const values = group.filter((point): point is HistogramPoint => point.kind === "histogram");
    return { ...common, kind: "histogram", value: mergeHistograms(values.map(({ value }) => value)) };
  }
  const values = group.filter((point): point is NumberPoint => point.kind !== "histogram").map(({ value }) => value);
  const value =
    first.kind === "gauge" ? values.reduce((a, b) => Math.max(a, b)) : values.reduce((sum, one) => sum + one, 0);
  return { ...common, kind: first.kind, value };
}
