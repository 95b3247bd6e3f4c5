import type { EndpointRecord, HistogramRecord } from "../../collect/record.ts";
import type { Budget } from "../../plan/plan.ts";
import { formatCount, formatLimit, formatValue } from "../format.ts";
import { comparator, measureLabel } from "../view.ts";
import type { PlotLimit, PlotSpec } from "./plot-spec.ts";

/** More bars than pixels say nothing. */
const MOST_BARS = 72;
/** A latency of 0 ms has no logarithm; clocks here tick in microseconds. */
const SMALLEST_MS = 0.001;
const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

interface Bar {
  /** Milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Requests by latency, the latency in equal ratios, with percentiles and budgets as upright lines. */
export function histogramPlot(id: string, endpoint: EndpointRecord, budgets: readonly Budget[]): PlotSpec | undefined {
  const bars = endpoint.histogram === undefined ? [] : histogramBars(endpoint.histogram);
  const largest = Math.max(0, ...bars.map((bar) => bar.count));
  if (largest === 0) {
    return undefined;
  }
  const mode = bars.find((bar) => bar.count === largest);
  const { latency } = endpoint;
  const marks = latency === undefined ? [] : (["p50", "p95", "p99"] as const).map((name) => mark(name, latency[name]));
  return {
    id,
    title: "Latency distribution",
    description: `Requests by latency; most of them, ${formatCount(largest)}, took ${formatValue(mode?.from ?? 0, "ms")} to ${formatValue(mode?.to ?? 0, "ms")}.`,
    x: "log-ms",
    xs: bars.map((bar) => Math.log10(bar.from)),
    unit: "count",
    log: false,
    series: [{ label: "requests", colour: "rate", style: "bars", values: bars.map((bar) => bar.count) }],
    limits: [
      ...marks,
      ...limitsOf(budgets).map((limit) => ({ ...limit, axis: "x" as const, value: Math.log10(limit.value) })),
    ],
  };
}

/** Latency by percentile; left of its percentile and above its limit, a budget is broken. */
export function percentilePlot(id: string, endpoint: EndpointRecord, budgets: readonly Budget[]): PlotSpec | undefined {
  const points = percentilePoints(endpoint);
  const last = points.at(-1);
  if (last === undefined) {
    return undefined;
  }
  const exact = endpoint.source === "exact" && endpoint.histogram !== undefined ? endpoint.latency : undefined;
  const dots = new Map(
    exact === undefined
      ? []
      : Object.entries(QUANTILES).map(([name, q]) => [nines(q), exact[name as keyof typeof QUANTILES]]),
  );
  const xs = [...new Set([...points.map((point) => point.nines), ...dots.keys()])].sort((a, b) => a - b);
  const line = new Map(points.map((point) => [point.nines, point.ms]));
  return {
    id,
    title: "Latency by percentile",
    description: `Latency by percentile, up to the slowest answer of ${formatValue(last.ms, "ms")}.`,
    x: "nines",
    xs,
    unit: "ms",
    log: true,
    series: [
      { label: "latency", colour: "p95", style: "curve", values: xs.map((x) => line.get(x) ?? null) },
      ...(dots.size === 0
        ? []
        : [
            {
              label: "exact",
              colour: "p99" as const,
              style: "dots" as const,
              values: xs.map((x) => dots.get(x) ?? null),
            },
          ]),
    ],
    limits: limitsOf(budgets).map((limit) => ({ ...limit, axis: "y" as const })),
  };
}

/** Neighbouring buckets are put together until there are few enough; no count is lost. */
export function histogramBars(histogram: HistogramRecord): Bar[] {
  const { counts, zeroCount } = histogram;
  let { scale, offset } = histogram;
  let merged = [...counts];
  while (merged.length > MOST_BARS) {
    const coarser = new Array<number>(Math.floor((offset + merged.length - 1) / 2) - Math.floor(offset / 2) + 1).fill(
      0,
    );
    for (const [index, count] of merged.entries()) {
      const at = Math.floor((offset + index) / 2) - Math.floor(offset / 2);
      coarser[at] = (coarser[at] ?? 0) + count;
    }
    merged = coarser;
    offset = Math.floor(offset / 2);
    scale -= 1;
  }
  const edge = (index: number) => Math.max(SMALLEST_MS, 2 ** (index / 2 ** scale));
  const bars = merged.map((count, index) => ({ from: edge(offset + index), to: edge(offset + index + 1), count }));
  const [first, ...rest] = bars;
  if (first === undefined) {
    return zeroCount === 0 ? [] : [{ from: SMALLEST_MS, to: 2 * SMALLEST_MS, count: zeroCount }];
  }
  return [{ ...first, count: first.count + zeroCount }, ...rest];
}

interface PercentilePoint {
  readonly nines: number;
  readonly ms: number;
}

/** From the histogram (upper edges, ending at the exact maximum), or from the few percentiles where there is none. */
function percentilePoints({ histogram, latency }: EndpointRecord): PercentilePoint[] {
  if (histogram === undefined || histogram.count === 0) {
    return latency === undefined
      ? []
      : [
          ...Object.entries(QUANTILES).map(([name, q]) => ({
            nines: nines(q),
            ms: latency[name as keyof typeof QUANTILES],
          })),
          { nines: Math.max(2.1, Math.log10(2 * latency.count)), ms: latency.max },
        ];
  }
  const { scale, offset, counts, zeroCount, count, min, max } = histogram;
  const points: PercentilePoint[] = [{ nines: 0, ms: Math.max(SMALLEST_MS, min) }];
  let below = zeroCount;
  for (const [index, bucket] of counts.entries()) {
    below += bucket;
    if (bucket > 0 && below < count) {
      const upper = 2 ** ((offset + index + 1) / 2 ** scale);
      points.push({ nines: nines(below / count), ms: Math.min(max, Math.max(upper, min, SMALLEST_MS)) });
    }
  }
  // The slowest answer stands half a request from the end: the very end is infinitely far.
  return [...points, { nines: Math.log10(2 * count), ms: Math.max(SMALLEST_MS, max) }];
}

export function nines(quantile: number): number {
  return -Math.log10(1 - quantile);
}

function mark(name: string, value: number): PlotLimit {
  return {
    axis: "x",
    value: Math.log10(Math.max(SMALLEST_MS, value)),
    label: name,
    level: "mark",
  };
}

type BudgetLine = Omit<PlotLimit, "axis">;

/** Target and max of every budget on latency, in milliseconds. */
export function limitsOf(budgets: readonly Budget[]): BudgetLine[] {
  return budgets.flatMap((budget): BudgetLine[] => {
    const quantile = QUANTILES[budget.statistic as keyof typeof QUANTILES] as number | undefined;
    const reach = quantile === undefined ? {} : { until: nines(quantile) };
    const line = (level: "target" | "max", words: string, value: number): BudgetLine => ({
      value,
      level,
      label: `${measureLabel(budget)} ${words} ${formatLimit(value, budget.unit)}`,
      ...reach,
    });
    return budget.target === budget.max
      ? [line("max", comparator(budget), budget.max)]
      : [line("target", "target", budget.target), line("max", budget.direction === "<" ? "max" : "min", budget.max)];
  });
}
