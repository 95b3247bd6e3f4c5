import type { BudgetLine } from "./definition.ts";
import { METRICS, type MetricMeaning, type MetricName, type Statistic } from "./metrics.ts";
import { nearest } from "./nearest.ts";
import type { Budget } from "./plan.ts";
import { type Parsed, parseQuantity } from "./quantity.ts";

/**
 * budget    := [ statistic "of" ] metric comparator quantity [ "," "max" quantity ]
 * statistic := "p50" | "p90" | "p95" | "p99" | "mean" | "min" | "max"
 * comparator := "<" | "<=" | ">" | ">="
 *
 * "p95 of latency < 100 ms, max 200 ms": over 100 ms is a warning, over 200 ms fails the run.
 * Without "max" both limits are the same.
 */
export function parseBudget(line: BudgetLine): Parsed<Budget> {
  const match = /^\s*(?:([a-z0-9]+)\s+of\s+)?([a-z_0-9]+)\s*(<=|>=|<|>)\s*([^,]+?)\s*(?:,\s*max\s+([^,]+?)\s*)?$/.exec(
    line.limit,
  );
  if (match === null) {
    return {
      ok: false,
      what: `"${line.limit}" is not a budget`,
      instead: '"p95 of latency < 100 ms" or "p95 of latency < 100 ms, max 200 ms"',
    };
  }
  const [, statisticText, metricText = "", comparator = "<", targetText = "", maxText] = match;
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
  const target = parseQuantity(targetText, meaning.unit);
  if (!target.ok) {
    return target;
  }
  const max = maxText === undefined ? target : parseQuantity(maxText, meaning.unit);
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
      unit: meaning.unit,
      source: line.source,
      text: line.limit,
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

function metricNamed(text: string): MetricName | undefined {
  return Object.hasOwn(METRICS, text) ? (text as MetricName) : undefined;
}

function statisticNamed(text: string, meaning: MetricMeaning): Statistic | undefined {
  return meaning.statistics.find((statistic) => statistic === text);
}
