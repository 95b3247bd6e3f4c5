import type { ResourceSeries, ScenarioRecord } from "../../collect/record.ts";
import type { MetricName, Unit } from "../../plan/metrics.ts";
import type { Budget } from "../../plan/plan.ts";
import { growing } from "../../verdict/slope.ts";
import { formatValue } from "../format.ts";
import { plain } from "../plain.ts";
import { limitsOf } from "./distribution.ts";
import type { PlotColour, PlotSpec } from "./plot-spec.ts";
import { thin, thinnedNote } from "./thin.ts";

interface Chart {
  readonly title: string;
  readonly unit: Unit;
  /** Metric of the record → its name in the chart; "" where the part's name is enough. */
  readonly metrics: Readonly<Record<string, string>>;
  /** Whose budgets are drawn in. */
  readonly budget?: MetricName;
}

/** What goes together in one chart. A metric that is not named here gets a chart of its own. */
const CHARTS: readonly Chart[] = [
  {
    title: "CPU, cores in use",
    unit: "count",
    metrics: {
      cpu: "",
      cpu_limit: "quota",
      busiest_thread: "busiest thread",
      stolen_cpu: "stolen",
      foreign_cpu: "foreign",
    },
    budget: "service_cpu",
  },
  { title: "Resident memory", unit: "bytes", metrics: { rss: "" }, budget: "service_rss" },
  {
    title: "Scheduling periods in which the CPU quota was used up",
    unit: "ratio",
    metrics: { throttled_share: "" },
    budget: "service_throttled_share",
  },
  {
    title: "Memory of the containers",
    unit: "bytes",
    metrics: { memory: "", memory_limit: "limit" },
    budget: "service_memory",
  },
  { title: "Read and written", unit: "bytes", metrics: { read_bytes: "read", written_bytes: "written" } },
  { title: "Network", unit: "bytes", metrics: { received_bytes: "received", sent_bytes: "sent" } },
  {
    title: "Database connections",
    unit: "count",
    metrics: { db_connections: "open", pool_in_use: "in use", pool_waiting: "waiting" },
    budget: "pool_in_use",
  },
  {
    title: "Event-loop delay",
    unit: "ms",
    metrics: { event_loop_delay_p50: "p50", event_loop_delay: "p99", event_loop_delay_max: "max" },
    budget: "event_loop_delay",
  },
  { title: "Cache hits among look-ups", unit: "ratio", metrics: { cache_hit_ratio: "" }, budget: "cache_hit_ratio" },
  { title: "Database query time, mean", unit: "ms", metrics: { db_query_duration: "" }, budget: "db_query_duration" },
  {
    title: "JavaScript heap in use",
    unit: "bytes",
    metrics: { heap_used: "", heap_live: "alive" },
    budget: "service_live_heap",
  },
  { title: "Open files and sockets", unit: "count", metrics: { fds: "" }, budget: "service_fds" },
];

/** In the record for reckoning, and shown elsewhere or twice. */
const NOT_DRAWN = [
  "reported_rss",
  "reported_cpu_seconds",
  "event_loop_delay_p90",
  "event_loop_delay_mean",
  "pool_size",
  "periods",
  "throttled_periods",
  "throttled_seconds",
  "memory_peak",
];

const PART_COLOURS: Readonly<Record<string, PlotColour>> = {
  service: "a",
  postgres: "b",
  redis: "c",
  k6: "d",
  harness: "e",
  canary: "f",
  machine: "g",
};
const COLOURS: readonly PlotColour[] = ["a", "b", "c", "d", "e", "f", "g"];

export function resourcePlots(prefix: string, record: ScenarioRecord, budgets: readonly Budget[]): PlotSpec[] {
  const named = new Set(CHARTS.flatMap((chart) => Object.keys(chart.metrics)));
  const others = [...new Set(record.resources.map((series) => series.metric))]
    .filter((metric) => !named.has(metric) && !NOT_DRAWN.includes(metric))
    .map((metric): Chart => ({ title: plain(metric, 60), unit: unitOf(metric), metrics: { [metric]: "" } }));
  return [...CHARTS, ...others].flatMap((chart, index) => {
    const series = record.resources.filter(
      (each) => Object.hasOwn(chart.metrics, each.metric) && drawn(each).length > 0,
    );
    return series.length === 0 ? [] : [resourcePlot(`${prefix}-resource-${index}`, chart, series, record, budgets)];
  });
}

function resourcePlot(
  id: string,
  chart: Chart,
  series: readonly ResourceSeries[],
  record: ScenarioRecord,
  budgets: readonly Budget[],
): PlotSpec {
  const xs = [...new Set(series.flatMap((each) => drawn(each).map(([second]) => second)))].sort((a, b) => a - b);
  const values = series.map((each) => valuesAt(xs, drawn(each)));
  const thinned = thin(xs, values);
  const oneMetric = new Set(series.map((each) => each.metric)).size === 1;
  const onePart = new Set(series.map((each) => each.part)).size === 1;
  const largest = values.flat().reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const own = budgets.filter((budget) => budget.metric === chart.budget && budget.statistic !== "slope");
  return {
    id,
    title: `${chart.title}${thinnedNote(thinned)}`,
    description: `${chart.title}; the largest value is ${formatValue(largest, chart.unit)}.`,
    x: "seconds",
    xs: thinned.xs,
    sync: record.name,
    ...(record.warmupSeconds > 0 ? { shade: [0, record.warmupSeconds] as const } : {}),
    unit: chart.unit,
    log: false,
    series: [
      ...series.map((each, index): PlotSpec["series"][number] => ({
        label: labelOf(each, chart, onePart && !oneMetric),
        colour: (oneMetric || !onePart ? PART_COLOURS[each.part] : undefined) ?? COLOURS[index % COLOURS.length] ?? "a",
        style: "line",
        values: thinned.values[index] ?? [],
      })),
      ...slopeLines(thinned.xs, chart, record, budgets),
    ],
    limits: limitsOf(own).map(({ until: _, ...limit }) => ({ ...limit, axis: "y" as const })),
  };
}

/** The slope that a budget was judged on, drawn over the part of the time that it was read from. */
function slopeLines(
  xs: readonly number[],
  chart: Chart,
  record: ScenarioRecord,
  budgets: readonly Budget[],
): PlotSpec["series"][number][] {
  return budgets
    .filter((budget) => budget.metric === chart.budget && budget.statistic === "slope")
    .slice(0, 1)
    .flatMap(({ metric, unit }) => {
      const found = growing(metric, record);
      if (typeof found === "string") return [];
      const { points, slope } = found;
      const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
      const levels = points.map(([x, y]) => y - slope.median * x).toSorted((a, b) => a - b);
      const level = levels[Math.floor(levels.length / 2)] ?? 0;
      const label = plain(`slope, ${formatValue(slope.median * 3600, unit)}`, 40);
      const values = xs.map((x) => (x >= from && x <= to ? level + slope.median * x : null));
      return [{ label, colour: "drop", style: "line", values }];
    });
}

/** Samples that were taken before the load began are of no scenario. */
function drawn(series: ResourceSeries): ResourceSeries["points"] {
  return series.points.filter(([second, value]) => second >= 0 && Number.isFinite(value));
}

/** Parts are sampled twice a second, what an engine or the service says once: a value holds until the next one is due. */
const HOLDS_SECONDS = 1.2;

function valuesAt(xs: readonly number[], points: readonly (readonly [second: number, value: number])[]) {
  let next = 0;
  return xs.map((x) => {
    while ((points[next]?.[0] ?? Number.POSITIVE_INFINITY) <= x) next += 1;
    const [second, value] = points[next - 1] ?? [];
    return second !== undefined && value !== undefined && x - second <= HOLDS_SECONDS ? value : null;
  });
}

function labelOf({ part, metric }: ResourceSeries, chart: Chart, metricAlone: boolean): string {
  const name = chart.metrics[metric] ?? "";
  const said = metricAlone && name !== "" ? name : [part, name].filter((word) => word !== "").join(" ");
  return plain(said, 40);
}

function unitOf(metric: string): Unit {
  if (/_ratio$|_share$/.test(metric)) {
    return "ratio";
  }
  return /_duration|_delay|_ms$/.test(metric) ? "ms" : /_bytes$|rss/.test(metric) ? "bytes" : "count";
}
