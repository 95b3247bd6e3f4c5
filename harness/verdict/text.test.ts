import { describe, expect, it } from "vitest";
import type { Unit } from "../plan/metrics.ts";
import { figure, measuredText, nameOfMeasure, seconds } from "./text.ts";

const KB = 1024;
const MB = 1024 ** 2;

describe("a figure in a sentence", () => {
  it.each<readonly [number, Unit, string]>([
    [0, "ns", "0 ns"],
    [999, "ns", "999 ns"],
    [1000, "ns", "1 µs"],
    [999_000, "ns", "999 µs"],
    [1e6, "ns", "1 ms"],
    [2.5e6, "ns", "2.5 ms"],
    [999e6, "ns", "999 ms"],
    [1e9, "ns", "1 s"],
    [1.5e9, "ns", "1.5 s"],
    [0.4567, "ms", "0.457 ms"],
    [999, "ms", "999 ms"],
    [1000, "ms", "1 s"],
    [2500, "ms", "2.5 s"],
    [0.0125, "ratio", "1.25 %"],
    [199.96, "1/s", "200/s"],
    [1023, "bytes", "1020 B"],
    [KB, "bytes", "1 KB"],
    [-KB, "bytes", "-1 KB"],
    [-12, "bytes", "-12 B"],
    [1.5 * KB, "bytes", "1.5 KB"],
    [MB - 50 * KB, "bytes", "974 KB"],
    [MB, "bytes", "1 MB"],
    [-2 * MB, "bytes", "-2 MB"],
    [2.3149, "count", "2.31"],
    [1500, "ms/h", "1.5 s/h"],
    [64 * MB, "bytes/h", "64 MB/h"],
    [10, "count/h", "10/h"],
    [Number.POSITIVE_INFINITY, "ms", "beyond every bound"],
    [Number.NaN, "count", "beyond every bound"],
  ])("of %d %s is %j", (value, unit, text) => {
    expect(figure(value, unit)).toBe(text);
  });

  it.each([
    [{ value: 42 }, "42 ms"],
    [{ lower: 42, upper: 1042 }, "between 42 ms and 1.04 s"],
    [{ lower: 42, upper: Number.POSITIVE_INFINITY }, "more than 42 ms"],
    [{ lower: Number.POSITIVE_INFINITY, upper: Number.POSITIVE_INFINITY }, "beyond every bound"],
  ])("with the edges %j is %j", (measured, text) => {
    expect(measuredText(measured, "ms")).toBe(text);
  });

  it.each([
    [45, "45 s"],
    [119, "119 s"],
    [120, "2 min"],
    [7140, "119 min"],
    [7200, "2 h"],
    [8100, "2.25 h"],
  ])("of a time of %d s is %j", (value, text) => {
    expect(seconds(value)).toBe(text);
  });

  it.each([
    ["latency", "p95", "p95 of latency"],
    ["error_rate", "value", "error_rate"],
    ["peak_rss", "value", "peak_rss"],
    ["peak_rss", "ratio", "ratio of peak_rss"],
    ["cpu_time", "mean", "cpu_time"],
  ] as const)(
    "is named by its metric and, where there is a choice, its statistic: %s, %s",
    (metric, statistic, name) => {
      expect(nameOfMeasure(metric, statistic)).toBe(name);
    },
  );
});
