/** Streams of exports as a sender might have sent them, made by chance, for tests of laws. */
import fc from "fast-check";
import { EMPTY_HISTOGRAM, mergeHistograms } from "../histogram.ts";
import type { Attributes, MetricsExport, Point } from "../otlp.ts";
import type { HistogramRecord } from "../record.ts";

const T0 = 1_795_229_604_549.5647;

export interface SenderOptions {
  /** Names of endpoints; three plain ones unless given. */
  readonly names?: fc.Arbitrary<string>;
  readonly temporality?: "cumulative" | "delta";
  /** Whether the sender may be started anew on the way. */
  readonly restarts?: boolean;
}

const PLAIN = fc.constantFrom("items.list", "items.read", "canary");

interface Sample {
  readonly metric: string;
  readonly kind: "sum" | "histogram";
  readonly attributes: Attributes;
  readonly values: readonly number[];
}

interface Step {
  /** Seconds since the export before. */
  readonly seconds: number;
  readonly jitterMs: number;
  readonly samples: readonly Sample[];
  readonly isLost: boolean;
  readonly restarts: boolean;
}

const value = fc.oneof(
  fc.double({ min: 0.01, max: 5000, noNaN: true }),
  fc.constantFrom(0, 0.125, 1, 2, 64, 65_536, 1e6),
);
const phase = fc.constantFrom(
  { phase: "measured", scenario: "read" },
  { phase: "warmup", scenario: "read_warmup" },
  { scenario: "write" },
  { phase: "canary", scenario: "canary" },
  {},
);
const answer = fc.constantFrom(
  { status: "200" },
  { status: "204" },
  { status: "503", error_code: "1503" },
  { status: "0" },
);

/** What one request leaves, and what else there is. */
function samples(names: fc.Arbitrary<string>): fc.Arbitrary<Sample[]> {
  const request = fc.record({ name: names, phase, answer, values: fc.array(value, { minLength: 1, maxLength: 6 }) });
  return request.chain(({ name, phase: tags, answer: got, values }) => {
    const attributes: Attributes = { name, ...tags, ...got };
    const failed = got.status !== "200" && got.status !== "204";
    const own: Attributes = { name, ...tags };
    const ones = values.map(() => 1);
    const condition = failed ? "nonzero" : "zero";
    const made: Sample[] = [
      { metric: "http_reqs", kind: "sum", attributes, values: ones },
      { metric: "http_req_duration", kind: "histogram", attributes, values },
      { metric: "http_req_waiting", kind: "histogram", attributes, values },
      { metric: "http_req_failed.total", kind: "sum", attributes: { ...attributes, condition }, values: ones },
      { metric: "iterations", kind: "sum", attributes: tags, values: ones },
      { metric: "iteration_duration", kind: "histogram", attributes: tags, values },
      { metric: "data_sent", kind: "sum", attributes: tags, values },
      { metric: "ttft", kind: "histogram", attributes: own, values },
      ...(failed ? [] : [{ metric: "latency", kind: "histogram", attributes: own, values } as const]),
      {
        metric: "checks.total",
        kind: "sum",
        attributes: { ...own, check: `${name}: body`, condition: values.length > 3 ? "zero" : "nonzero" },
        values: ones,
      },
      { metric: "dropped_iterations", kind: "sum", attributes: { scenario: "read" }, values: ones },
    ];
    return fc.subarray(made, { minLength: 1 });
  });
}

/** Exports in the order in which they were sent; one that is lost is missing, and the next cumulative one repairs it. */
export function randomExports(options: SenderOptions = {}): fc.Arbitrary<MetricsExport[]> {
  const { names = PLAIN, temporality = "cumulative", restarts = true } = options;
  const step: fc.Arbitrary<Step> = fc.record({
    seconds: fc.oneof(
      { weight: 8, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 7 }) },
    ),
    jitterMs: fc.integer({ min: -300, max: 300 }),
    samples: fc.array(samples(names), { maxLength: 5 }).map((all) => all.flat()),
    isLost: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.boolean() }),
    restarts: restarts ? fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean()) : fc.constant(false),
  });
  return fc.array(step, { minLength: 1, maxLength: 12 }).map((steps) => send(steps, temporality));
}

interface Held {
  readonly sample: Sample;
  number: number;
  histogram: HistogramRecord;
}

function send(steps: readonly Step[], temporality: "cumulative" | "delta"): MetricsExport[] {
  const exports: MetricsExport[] = [];
  let held = new Map<string, Held>();
  let start = T0 - 1000;
  let clock = T0;
  let last = 0;
  for (const { seconds, jitterMs, samples: gained, isLost, restarts } of steps) {
    clock += seconds * 1000;
    // No two exports of one sender at the same time.
    const at = Math.max(clock + jitterMs, last + 1);
    last = at;
    if (restarts || temporality === "delta") {
      held = new Map();
      start = at - 0.5;
    }
    for (const sample of gained) {
      const key = JSON.stringify([sample.metric, sample.attributes]);
      const series = held.get(key) ?? { sample, number: 0, histogram: EMPTY_HISTOGRAM };
      held.set(key, series);
      series.number += sample.values.reduce((sum, one) => sum + one, 0);
      series.histogram = mergeHistograms([series.histogram, histogramOf(sample.values)]);
    }
    const points = [...held].map(([key, { sample, number, histogram }], index): Point => {
      const common = { metric: sample.metric, attributes: sample.attributes, series: key, start, temporality };
      const time = at + index / 1000;
      return sample.kind === "sum"
        ? { ...common, time, kind: "sum", value: number }
        : { ...common, time, kind: "histogram", value: histogram };
    });
    const vus = { metric: "vus", attributes: {}, series: "vus", start: 0, time: at, temporality: "delta" } as const;
    points.push({ ...vus, kind: "gauge", value: gained.length });
    if (!isLost) exports.push({ at, points, explicitBuckets: [] });
  }
  return exports;
}

/** Exponential histogram of scale 3. */
function histogramOf(values: readonly number[]): HistogramRecord {
  const one = (of: number): HistogramRecord => {
    const index = Math.ceil(Math.log2(of) * 8 - 1e-9) - 1;
    const common = { count: 1, sum: of, min: of, max: of };
    return of === 0
      ? { scale: 20, offset: 0, counts: [], zeroCount: 1, ...common }
      : { scale: 3, offset: index, counts: [1], zeroCount: 0, ...common };
  };
  return mergeHistograms(values.map(one));
}
