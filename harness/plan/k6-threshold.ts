import { samplesFor } from "./metrics.ts";
import type { Budget } from "./plan.ts";
import type { Parsed } from "./quantity.ts";

/** What a threshold asks of k6's summary. */
export interface Threshold {
  /** `http_req_duration{name:login}` */
  readonly selector: string;
  /** "avg", "p(95)", "rate", "count", "value" … as k6's summary names its values. */
  readonly statistic: string;
  readonly operator: "<" | "<=" | ">" | ">=" | "===" | "==" | "!=";
  readonly limit: number;
  /** `selector: expression`, as it stands in reports. */
  readonly text: string;
}

/**
 * threshold := statistic operator number
 * statistic := "avg" | "min" | "max" | "med" | "p(" number ")" | "rate" | "count" | "value"
 * https://grafana.com/docs/k6/latest/using-k6/thresholds/#threshold-syntax
 */
export function parseThreshold(selector: string, expression: string): Parsed<Threshold> {
  const match =
    /^\s*(avg|min|max|med|p\(\s*\d+(?:\.\d+)?\s*\)|rate|count|value)\s*(<=|>=|===|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$/.exec(
      expression,
    );
  const [, statistic = "", operator = "<", limit = ""] = match ?? [];
  if (match === null) {
    return { ok: false, what: `"${expression}" is not a k6 threshold`, instead: '"p(95)<200" or "rate<0.01"' };
  }
  return {
    ok: true,
    value: {
      selector,
      statistic: statistic.replaceAll(" ", ""),
      operator: operator as Threshold["operator"],
      limit: Number(limit),
      text: `${selector}: ${expression.trim()}`,
    },
  };
}

/**
 * A threshold as a budget: k6 passes it on no samples at all, we ask for enough of them. Only one-sided thresholds have
 * a margin; `==` and `!=` are refused by the caller.
 */
export function budgetOfThreshold(threshold: Threshold): Budget {
  const { metric, quantile } = partsOf(threshold);
  const time = /duration|blocked|connecting|tls|sending|waiting|receiving|latency|_time$/.test(metric);
  const ratio =
    threshold.statistic === "rate" && !["http_reqs", "iterations", "data_sent", "data_received"].includes(metric);
  return {
    metric: "k6_threshold",
    statistic: "value",
    direction: threshold.operator.startsWith(">") ? ">" : "<",
    ...(threshold.operator.endsWith("=") ? { inclusive: true } : {}),
    target: threshold.limit,
    max: threshold.limit,
    unit: time ? "ms" : ratio ? "ratio" : threshold.statistic === "rate" ? "1/s" : "count",
    source: "k6 threshold",
    text: threshold.text,
    ...(quantile === undefined ? {} : { minimumSamples: samplesFor(quantile) }),
  };
}

function partsOf(threshold: Threshold): { metric: string; quantile: number | undefined } {
  const [metric = ""] = threshold.selector.split("{");
  const percent = /^p\((.+)\)$/.exec(threshold.statistic)?.[1];
  const quantile = percent === undefined ? undefined : Number(percent) / 100;
  return { metric, quantile: quantile !== undefined && quantile > 0 && quantile < 1 ? quantile : undefined };
}
