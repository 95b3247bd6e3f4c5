import type { BudgetLine } from "./definition.ts";
import { METRICS, type MetricMeaning, type MetricName, type Statistic, unitOf } from "./metrics.ts";
import { nearest } from "./nearest.ts";
import type { Budget } from "./plan.ts";
import { type Parsed, parseQuantity } from "./quantity.ts";

/**
 * budget    := [ statistic "of" ] metric [ "in" bench [ "to" bench ] ] comparator quantity [ "," "max" quantity ]
 * statistic := "p50" | "p75" | "p90" | "p95" | "p99" | "mean" | "min" | "max" | "ratio" | "exponent" | "slope"
 * comparator := "<" | "<=" | ">" | ">="
 *
 * "p95 of latency < 100 ms, max 200 ms": over 100 ms is a warning, over 200 ms fails the run.
 * "slope of service_rss < 10 MB/h" is about growth: MB/min, MB/h or MB/day.
 * Without "max" both limits are the same. Metrics of micro-benchmarks name the bench that they are about:
 * "p99 of time in hit < 1 ms", "ratio of bytes in issue to straightforward <= 0.9", "exponent of time <= 1.1".
 */
export function parseBudget(line: BudgetLine): Parsed<Budget> {
  const match =
    /^\s*(?:([a-z0-9]+)\s+of\s+)?([a-z_0-9]+)(?:\s+in\s+([\w./-]+)(?:\s+to\s+([\w./-]+))?)?\s*(<=|>=|<|>)\s*([^,]+?)\s*(?:,\s*max\s+([^,]+?)\s*)?$/.exec(
      line.limit,
    );
  if (match === null) {
    return {
      ok: false,
      what: `"${line.limit}" is not a budget`,
      instead: '"p95 of latency < 100 ms" or "p95 of latency < 100 ms, max 200 ms"',
    };
  }
  const [, statisticText, metricText = "", bench, against, comparator = "<", targetText = "", maxText] = match;
  const metric = metricNamed(metricText);
  if (metric === undefined) {
    return {
      ok: false,
      what: `there is no metric "${metricText}"`,
      instead: `"${nearest(metricText, Object.keys(METRICS))}"? The metrics are: ${Object.keys(METRICS).join(", ")}`,
    };
  }
  const meaning: MetricMeaning = METRICS[metric];
  const statistic = statisticText === undefined ? meaning.defaultStatistic : statisticNamed(statisticText, meaning);
  if (statistic === undefined) {
    return {
      ok: false,
      what: `"${statisticText}" is not a statistic of ${metric}`,
      instead: meaning.statistics.map((name) => `"${name}"`).join(", "),
    };
  }
  const direction = meaning.better === "lower" ? "<" : ">";
  if (!comparator.startsWith(direction)) {
    return {
      ok: false,
      what: `${metric} is better when ${meaning.better}, so "${comparator}" would promise the wrong side`,
      instead: `"${line.limit.replace(comparator, direction)}"`,
    };
  }
  const misplaced = benchProblem(metric, statistic, bench, against);
  if (misplaced !== undefined) {
    return { ok: false, ...misplaced };
  }
  const unit = unitOf(metric, statistic);
  const target = parseQuantity(targetText, unit);
  if (!target.ok) {
    return target;
  }
  const max = maxText === undefined ? target : parseQuantity(maxText, unit);
  if (!max.ok) {
    return max;
  }
  if (direction === "<" ? max.value < target.value : max.value > target.value) {
    return {
      ok: false,
      what: `the max (${maxText}) is stricter than the target (${targetText})`,
      instead: "a max that allows at least what the target allows",
    };
  }
  return {
    ok: true,
    value: {
      metric,
      statistic,
      direction,
      ...(comparator.endsWith("=") ? { inclusive: true } : {}),
      target: target.value,
      max: max.value,
      unit,
      source: line.source,
      text: line.limit,
      ...(bench === undefined ? {} : { bench }),
      ...(against === undefined ? {} : { against }),
      ...(line.boundTo === undefined ? {} : { boundTo: line.boundTo }),
    },
  };
}

/** Holds where nobody wrote a limit for errors. */
export const DEFAULT_ERROR_BUDGET: Budget = {
  metric: "error_rate",
  statistic: "value",
  direction: "<",
  target: 0.01,
  max: 0.01,
  unit: "ratio",
  source: "default",
  text: "error_rate < 1 %",
};

/** Which bench, and against which: what the statistic of a micro-benchmark needs, and no other metric has. */
function benchProblem(
  metric: MetricName,
  statistic: Statistic,
  bench: string | undefined,
  against: string | undefined,
): { what: string; instead: string } | undefined {
  if (METRICS[metric].scope !== "micro") {
    return bench === undefined
      ? undefined
      : { what: `${metric} is no figure of a micro-benchmark, and has no benches`, instead: `"${metric}" alone` };
  }
  if (statistic === "ratio" && against === undefined) {
    return {
      what: "a ratio needs two benches",
      instead: `"ratio of ${metric} in ${bench ?? "one"} to another <= 0.9"`,
    };
  }
  if (statistic !== "ratio" && against !== undefined) {
    return { what: `two benches need a ratio`, instead: `"ratio of ${metric} in ${bench} to ${against} <= 0.9"` };
  }
  if (statistic === "exponent" && bench !== undefined) {
    return {
      what: "an exponent is fitted over all sizes of the sweep, not in one bench",
      instead: `"exponent of ${metric} <= 1.1"`,
    };
  }
  const ofProcess = metric === "peak_rss" || metric === "memory" || statistic === "exponent";
  return bench === undefined && !ofProcess
    ? { what: `${metric} is measured in each bench by itself`, instead: `"${metric} in <bench> …"` }
    : undefined;
}

function metricNamed(text: string): MetricName | undefined {
  return Object.hasOwn(METRICS, text) ? (text as MetricName) : undefined;
}

function statisticNamed(text: string, meaning: MetricMeaning): Statistic | undefined {
  return meaning.statistics.find((statistic) => statistic === text);
}
