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

/**
 * Bounds what has to be remembered of a stream: the first `most` series are told apart, and the points of all others
 * are added up within each export, by metric, into one that is marked as k6's exporter marks what it folds together. A
 * sender repeats every cumulative series in every export, so that the sum is cumulative too.
 */
export function createSeriesLimit(most: number): SeriesLimit {
  const known = new Set<string>();
  let folded = 0;
  const isKnown = ({ series }: Point) => {
    if (known.has(series)) return true;
    if (known.size >= most) return false;
    known.add(series);
    return true;
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
      const groups = Map.groupBy(others, ({ metric, kind, attributes }) =>
        [metric, kind, attributes["condition"]].join("\n"),
      );
      return { ...received, points: [...points, ...[...groups].flatMap(([series, group]) => fold(series, group))] };
    },
    tracked: () => known.size,
    folded: () => folded,
  };
}

/** All of one metric and kind. The newest of many gauges says nothing. */
function fold(series: string, points: readonly Point[]): Point[] {
  const numbers = points.filter((point) => point.kind !== "histogram");
  const histograms = points.filter((point) => point.kind === "histogram");
  const [number] = numbers;
  const [histogram] = histograms;
  return [
    ...(number?.kind === "sum" ? [foldedNumber(number, series, numbers)] : []),
    ...(histogram === undefined ? [] : [foldedHistogram(histogram, series, histograms)]),
  ];
}

function foldedNumber(first: NumberPoint, series: string, points: readonly NumberPoint[]): NumberPoint {
  const value = points.reduce((sum, point) => sum + point.value, 0);
  return { ...first, ...common(first, series, points), value };
}

function foldedHistogram(first: HistogramPoint, series: string, points: readonly HistogramPoint[]): HistogramPoint {
  return { ...first, ...common(first, series, points), value: mergeHistograms(points.map((point) => point.value)) };
}

function common(first: Point, series: string, points: readonly Point[]) {
  const { condition } = first.attributes;
  const attributes: Attributes = { [OVERFLOW]: "true", ...(condition === undefined ? {} : { condition }) };
  // One start for all: which series are among them changes, and the sum goes on.
  return { series, attributes, start: 0, time: points.reduce((latest, { time }) => Math.max(latest, time), 0) };
}
