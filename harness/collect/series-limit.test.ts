import fc from "fast-check";
import { expect, it } from "vitest";
import { EMPTY_HISTOGRAM } from "./histogram.ts";
import type { HistogramPoint, MetricsExport, NumberPoint } from "./otlp.ts";
import { overflowSeries, totals } from "./scenario-totals.ts";
import { createSeriesStore } from "./series-store.ts";

function counter(name: string, at: number, value: number): NumberPoint {
  const metric = "http_reqs";
  const attributes = { name };
  return {
    metric,
    attributes,
    series: `${metric}\n${name}`,
    start: 1,
    time: at,
    temporality: "cumulative",
    kind: "sum",
    value,
  };
}

function trend(name: string, at: number, count: number): HistogramPoint {
  const value = { ...EMPTY_HISTOGRAM, count, zeroCount: count };
  return { ...counter(name, at, 0), metric: "latency", series: `latency\n${name}`, kind: "histogram", value };
}

/** What a sender of cumulative series sends: every series that it has, with every export. */
function sent(gains: readonly (readonly number[])[]): MetricsExport[] {
  const held: number[] = [];
  return gains.map((gain, second) => {
    for (const [index, value] of gain.entries()) held[index] = (held[index] ?? 0) + value;
    const at = 1000 * (second + 1);
    const points = [...held.entries()].flatMap(([index, value = 0]) => [
      counter(`n${index}`, at, value),
      trend(`n${index}`, at, value),
    ]);
    return { at, points, explicitBuckets: [] };
  });
}

it("changes no total, whatever the limit, and shows that something was folded", () => {
  const gains = fc.array(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(gains, fc.nat(30), (gained, most) => {
      const unlimited = createSeriesStore();
      const limited = createSeriesStore(() => true, most);
      for (const received of sent(gained)) {
        unlimited.add(received);
        limited.add(received);
        limited.add(received);
      }
      const series = 2 * Math.max(...gained.map((gain) => gain.length));
      expect(totals(limited)).toEqual(totals(unlimited));
      expect(overflowSeries(limited) > 0).toBe(series > most);
    }),
  );
});
