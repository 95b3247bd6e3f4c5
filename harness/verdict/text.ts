import { gainOf, METRICS, type MetricName, type Unit } from "../plan/metrics.ts";
import type { Budget } from "../plan/plan.ts";
import type { Measured } from "./verdict.ts";

/** "p95 of latency", or the metric alone where it has but one statistic. */
export function nameOfMeasure(metric: MetricName, statistic: Budget["statistic"]): string {
  return statistic === "value" || METRICS[metric].statistics.length === 1 ? metric : `${statistic} of ${metric}`;
}

/** A figure for a sentence: three significant digits, with its unit. */
export function figure(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) {
    return "beyond every bound";
  }
  switch (unit) {
    case "ns":
      return value >= 1e9
        ? `${short(value / 1e9)} s`
        : value >= 1e6
          ? `${short(value / 1e6)} ms`
          : value >= 1000
            ? `${short(value / 1000)} µs`
            : `${short(value)} ns`;
    case "ms":
      return value >= 1000 ? `${short(value / 1000)} s` : `${short(value)} ms`;
    case "ratio":
      return `${short(value * 100)} %`;
    case "1/s":
      return `${short(value)}/s`;
    case "bytes":
      return Math.abs(value) >= 1024 ** 2
        ? `${short(value / 1024 ** 2)} MB`
        : Math.abs(value) >= 1024
          ? `${short(value / 1024)} KB`
          : `${short(value)} B`;
    case "count":
      return short(value);
    case "ms/h":
    case "bytes/h":
    case "count/h":
      return `${figure(value, gainOf(unit))}/h`;
  }
}

export function measuredText(measured: Measured, unit: Unit): string {
  if ("value" in measured) {
    return figure(measured.value, unit);
  }
  return Number.isFinite(measured.upper)
    ? `between ${figure(measured.lower, unit)} and ${figure(measured.upper, unit)}`
    : Number.isFinite(measured.lower)
      ? `more than ${figure(measured.lower, unit)}`
      : "beyond every bound";
}

/** "45 s", "3.5 min", "2.25 h" */
export function seconds(value: number): string {
  return value < 120 ? `${short(value)} s` : value < 7200 ? `${short(value / 60)} min` : `${short(value / 3600)} h`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
