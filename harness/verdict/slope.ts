import type { ScenarioRecord } from "../collect/record.ts";
import type { MetricName } from "../plan/metrics.ts";
import type { Budget } from "../plan/plan.ts";
import type { Figure } from "./budgets.ts";
import { type Point, type SerialSlope, serialSlope } from "./stats/serial-slope.ts";
import { figure, seconds } from "./text.ts";

/** What is sampled of the service for each metric that may grow. */
const SAMPLED: Readonly<Partial<Record<MetricName, string>>> = {
  service_rss: "rss",
  service_heap: "heap_used",
  service_live_heap: "heap_live",
  service_memory: "memory",
  service_fds: "fds",
  db_connections: "db_connections",
  event_loop_delay: "event_loop_delay",
};
/** Those that cannot grow beyond the memory limit. */
const OF_MEMORY: ReadonlySet<MetricName> = new Set([
  "service_rss",
  "service_heap",
  "service_live_heap",
  "service_memory",
]);
/** Where in the measured phase the judged part begins, as a share of it: the last two thirds, or later … */
const STARTS = [1 / 3, 5 / 12, 1 / 2, 7 / 12] as const;
/** … to its end, or nearly: growth that nobody looked at is not judged. */
const UNSEEN = 1 / 10;
/** … each with enough of it left to judge, in seconds. */
const SHORTEST_SECONDS = 60;
const BLOCKS = 24;
const HALF_BLOCKS = 12;
const SECONDS_PER_HOUR = 3600;
/** What is counted in whole pieces: one piece more or less over the judged part is not seen for certain. */
const WHOLE: ReadonlySet<MetricName> = new Set(["service_fds", "db_connections"]);
/** Nobody plans with more. */
const LONGEST_SECONDS = 86_400;

/** The judged part of a series, and how it grows there. */
export interface Growing {
  readonly points: readonly Point[];
  /** Of the last point. */
  readonly level: number;
  /** Per second. */
  readonly slope: SerialSlope;
}

/**
 * How fast a metric grows in the last two thirds of the measured phase, or in as much of them as comes after the caches
 * are full: where growth clearly slows down between the halves of that part, it begins later. A sentence where nothing
 * can be said.
 */
export function growing(metric: MetricName, record: ScenarioRecord): Growing | string {
  const measured = record.series.filter(({ phase }) => phase === "measured").map(({ second }) => second);
  const from = measured.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const to = measured.reduce((a, b) => Math.max(a, b + 1), 0);
  const inside = sampled(record, SAMPLED[metric]).filter(([second]) => second >= from && second <= to);
  const last = inside.at(-1);
  if (last === undefined) return `${metric} was not measured in this environment`;
  const [end, level] = last;
  if (to - end > UNSEEN * (to - from)) {
    return `${metric} was measured for the first ${seconds(end - from)} of ${seconds(to - from)} alone`;
  }
  let isFilling = false;
  for (const start of STARTS) {
    const points = inside.filter(([second]) => second >= from + start * (to - from));
    if (span(points) < SHORTEST_SECONDS * 0.95) break;
    const slope = serialSlope(points, BLOCKS);
    if (slope === undefined) continue;
    if (!slowsDown(points)) return { points, level, slope: asCounted(metric, points, slope) };
    isFilling = true;
  }
  if (isFilling) {
    return `${metric} was still filling up: soak for several times as long as the ${seconds(to - from)} here`;
  }
  const needed = SHORTEST_SECONDS / (1 - STARTS[0]);
  return to - from < needed
    ? `${seconds(to - from)} are too short for a slope: it needs ${seconds(needed)} at least, better ten minutes`
    : `${metric} has too few samples in these ${seconds(to - from)} for a slope`;
}

/** In the order of time. */
function sampled(record: ScenarioRecord, metric: string | undefined): readonly Point[] {
  return record.resources
    .filter((one) => one.part === "service" && one.metric === metric)
    .flatMap(({ points }) => points);
}

/** Seconds from the first point to the last. */
function span(points: readonly Point[]): number {
  return (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0);
}

/**
 * Theil-Sen's interval over whole numbers that stay the same has no width. Yet one connection that leaks every quarter of
 * an hour leaves ten minutes without a step: what is a piece or less over the judged part cannot be told from nothing.
 */
function asCounted(metric: MetricName, points: readonly Point[], slope: SerialSlope): SerialSlope {
  if (!WHOLE.has(metric)) return slope;
  const piece = 1 / span(points);
  return { ...slope, lower: slope.lower - piece, upper: slope.upper + piece };
}

/** Growth that is certainly slower in the second half is of something that fills up, and no leak yet. */
function slowsDown(points: readonly Point[]): boolean {
  const half = Math.floor(points.length / 2);
  const first = serialSlope(points.slice(0, half), HALF_BLOCKS);
  const second = serialSlope(points.slice(half), HALF_BLOCKS);
  // No number is larger or smaller than one that is not known.
  return (first?.lower ?? Number.NaN) > Math.max(0, second?.upper ?? Number.NaN);
}

/**
 * The figure of a budget on a slope: its 95 % interval, per hour. `limits` are the scenario's other budgets, of which one
 * on the level of the same metric says where growth must end.
 */
export function slopeFigure(
  budget: Pick<Budget, "metric"> & Partial<Pick<Budget, "max">>,
  record: ScenarioRecord,
  limits: readonly Budget[],
): Figure {
  const found = growing(budget.metric, record);
  if (typeof found === "string") return { measured: undefined, count: 0, because: found };
  const { slope, points } = found;
  const [lower, upper] = [slope.lower * SECONDS_PER_HOUR, slope.upper * SECONDS_PER_HOUR];
  return {
    measured: { lower, upper },
    count: points.length,
    ...(budget.max === undefined ? {} : { because: howLong(budget.metric, slope, budget.max, record) }),
    ...outlook(budget.metric, found, record, limits),
  };
}

/** The interval of a slope over n points shrinks with n^1.5: three times as long, a fifth as wide. That of a piece with n. */
function howLong(
  metric: MetricName,
  { median, lower, upper }: SerialSlope,
  limit: number,
  { measuredSeconds }: ScenarioRecord,
): string {
  const distance = Math.abs(median - limit / SECONDS_PER_HOUR);
  const needed = measuredSeconds * 1.1 * ((upper - lower) / 2 / distance) ** (WHOLE.has(metric) ? 1 : 2 / 3);
  return needed < LONGEST_SECONDS
    ? `the limit lies inside the interval: a soak of about ${seconds(Math.max(needed, measuredSeconds * 1.5))} would tell`
    : "the limit lies inside the interval, and growth is too close to it to be told apart";
}

/** "at 703 MB/h it reaches its limit of 1 GB in 1 h 5 min" */
function outlook(
  metric: MetricName,
  { level, slope }: Growing,
  record: ScenarioRecord,
  limits: readonly Budget[],
): { readonly evidence?: string } {
  const limit = levelLimit(metric, record, limits);
  if (limit === undefined || !(slope.median > 0) || level >= limit.value) return {};
  const time = seconds((limit.value - level) / slope.median);
  return { evidence: `at this pace it reaches ${limit.what} of ${figure(limit.value, limit.unit)} in ${time}` };
}

/** What is there, where that is known; else what was promised. */
function levelLimit(metric: MetricName, record: ScenarioRecord, limits: readonly Budget[]) {
  const promised = limits.find((one) => one.metric === metric && one.statistic === "max");
  const named = (what: string, value: number | undefined, unit: Budget["unit"]) =>
    value === undefined ? undefined : { what, value, unit };
  const last = (name: string) => sampled(record, name).at(-1)?.[1];
  const hard = OF_MEMORY.has(metric)
    ? named("the memory limit", last("memory_limit") ?? record.environment.layout?.parts.service.memoryBytes, "bytes")
    : metric === "db_connections"
      ? named("the size of the pool", last("pool_size"), "count")
      : undefined;
  return hard ?? (promised === undefined ? undefined : named("its budget", promised.max, promised.unit));
}
