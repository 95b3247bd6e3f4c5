import { fromBinary } from "@bufbuild/protobuf";
import {
  type ExponentialHistogramDataPoint,
  ExportMetricsServiceRequestSchema,
  type KeyValue,
  type Metric,
  type NumberDataPoint,
} from "./gen/metrics_pb.ts";
import type { HistogramRecord } from "./record.ts";

export type Attributes = Readonly<Record<string, string>>;

interface PointBase {
  readonly metric: string;
  readonly attributes: Attributes;
  /** Identity of the series: metric, resource and attributes. Two points of one series continue each other. */
  readonly series: string;
  /** Epoch milliseconds since when a cumulative point counts. */
  readonly start: number;
  /** Epoch milliseconds at which it was read. */
  readonly time: number;
  readonly temporality: "cumulative" | "delta";
}

export interface NumberPoint extends PointBase {
  readonly kind: "sum" | "gauge";
  readonly value: number;
}

export interface HistogramPoint extends PointBase {
  readonly kind: "histogram";
  readonly value: HistogramRecord;
}

export type Point = NumberPoint | HistogramPoint;

/** One request of a sender: everything that it read within a few milliseconds. */
export interface MetricsExport {
  /** The earliest time among the points, epoch milliseconds; 0 when there are none. */
  readonly at: number;
  readonly points: readonly Point[];
  /** Metrics that came with explicit buckets, too coarse to be used: the sender was not set up by us. */
  readonly explicitBuckets: readonly string[];
}

/** Decodes the body of an OTLP metrics request. Throws when the bytes are no such message. */
export function decodeExport(body: Uint8Array): MetricsExport {
  const request = fromBinary(ExportMetricsServiceRequestSchema, body);
  const points: Point[] = [];
  const explicitBuckets: string[] = [];
  for (const { resource, scopeMetrics } of request.resourceMetrics) {
    const sender = identity(attributesOf(resource?.attributes ?? []));
    for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
      if (metric.data.case === "histogram") explicitBuckets.push(metric.name);
      for (const point of pointsOf(metric, sender)) points.push(point);
    }
  }
  let at = Number.POSITIVE_INFINITY;
  for (const point of points) at = Math.min(at, point.time);
  return { at: points.length === 0 ? 0 : at, points, explicitBuckets };
}

function* pointsOf(metric: Metric, sender: string): Generator<Point> {
  const { data } = metric;
  if (data.case === "exponentialHistogram") {
    const temporality = temporalityOf(data.value.aggregationTemporality);
    for (const point of data.value.dataPoints) {
      yield { ...common(metric, sender, point), temporality, kind: "histogram", value: histogramOf(point) };
    }
  }
  if (data.case === "sum" || data.case === "gauge") {
    const temporality = data.case === "sum" ? temporalityOf(data.value.aggregationTemporality) : "delta";
    for (const point of data.value.dataPoints) {
      yield { ...common(metric, sender, point), temporality, kind: data.case, value: numberOf(point) };
    }
  }
}

function common(metric: Metric, sender: string, point: NumberDataPoint | ExponentialHistogramDataPoint) {
  const attributes = attributesOf(point.attributes);
  return {
    metric: metric.name,
    attributes,
    series: `${metric.name}\n${sender}\n${identity(attributes)}`,
    start: milliseconds(point.startTimeUnixNano),
    time: milliseconds(point.timeUnixNano),
  };
}

function temporalityOf(code: number): "cumulative" | "delta" {
  return code === 1 ? "delta" : "cumulative";
}

/** A double holds today's time to 0.25 µs: enough to tell points apart. */
function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}

function numberOf(point: NumberDataPoint): number {
  return point.value.case === undefined ? 0 : Number(point.value.value);
}

function histogramOf(point: ExponentialHistogramDataPoint): HistogramRecord {
  const counts = (point.positive?.bucketCounts ?? []).map(Number);
  // A value below zero (a clock of 1 ms makes a start "early") says: not late. It counts as zero.
  const negative = (point.negative?.bucketCounts ?? []).reduce((sum, count) => sum + Number(count), 0);
  return {
    scale: point.scale,
    offset: counts.length === 0 ? 0 : (point.positive?.offset ?? 0),
    counts,
    zeroCount: Number(point.zeroCount) + negative,
    count: Number(point.count),
    sum: point.sum ?? 0,
    min: point.min ?? 0,
    max: point.max ?? 0,
  };
}

function attributesOf(pairs: readonly KeyValue[]): Attributes {
  const attributes: Record<string, string> = {};
  for (const { key, value } of pairs) attributes[key] = String(value?.value.value ?? "");
  return attributes;
}

function identity(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
