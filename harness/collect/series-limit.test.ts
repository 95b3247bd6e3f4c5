import fc from "fast-check";
import { expect, it } from "vitest";
import { EMPTY_HISTOGRAM } from "./histogram.ts";
import type { HistogramPoint, MetricsExport, NumberPoint } from "./otlp.ts";
import { overflowSeries, totals } from "./scenario-totals.ts";
import { createSeriesLimit } from "./series-limit.ts";
import { createSeriesStore } from "./series-store.ts";

function counter(name: string, at: number, value: number, start = 1): NumberPoint {
  const metric = "http_reqs";
  const attributes = { name };
  return {
    metric,
    attributes,
    series: `${metric}\n${name}`,
    start,
    time: at,
    temporality: "cumulative",
    kind: "sum",
    value,
  };
}

function trend(name: string, at: number, count: number, start = 1): HistogramPoint {
  const value = { ...EMPTY_HISTOGRAM, count, zeroCount: count };
  return { ...counter(name, at, 0, start), metric: "latency", series: `latency\n${name}`, kind: "histogram", value };
}

/** What a sender of cumulative series sends: every series that it has, with every export; it may be started anew. */
function sent(gains: readonly (readonly number[])[], restartsAt = -1): MetricsExport[] {
  let held: number[] = [];
  let start = 1;
  return gains.map((gain, second) => {
    if (second === restartsAt) {
      held = [];
      start = 1000 * second + 1;
    }
    for (const [index, value] of gain.entries()) held[index] = (held[index] ?? 0) + value;
    const at = 1000 * (second + 1);
    const points = [...held.entries()].flatMap(([index, value = 0]) => [
      counter(`n${index}`, at, value, start),
      trend(`n${index}`, at, value, start),
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
    fc.property(gains, fc.nat(30), fc.integer({ min: -1, max: 7 }), (gained, most, restartsAt) => {
      const unlimited = createSeriesStore();
      const limited = createSeriesStore(() => true, most);
      for (const received of sent(gained, restartsAt)) {
        unlimited.add(received);
        limited.add(received);
        limited.add(received);
      }
      const widest = (of: typeof gained) => 2 * Math.max(0, ...of.map((gain) => gain.length));
      const series =
        restartsAt === -1 ? widest(gained) : widest(gained.slice(0, restartsAt)) + widest(gained.slice(restartsAt));
      expect(totals(limited)).toEqual(totals(unlimited));
      expect(overflowSeries(limited) > 0).toBe(series > most);
    }),
  );
});

it("has a bound for a sender that names a new metric, or starts anew, with every export", () => {
  const limit = createSeriesLimit(50, 10);
  for (let index = 0; index < 1000; index += 1) {
    const metric = { ...counter("a", index, 1, index), metric: `m${index}`, series: `m${index}` };
    const points = limit.apply({
      at: index,
      points: [counter("a", index, 1, index), metric],
      explicitBuckets: [],
    }).points;
    expect(points.reduce((sum, { value }) => sum + Number(value), 0)).toBe(2);
  }
  expect(limit.tracked()).toBe(50);
  const names = Array.from({ length: 1000 }, (_, index) => ({
    ...counter("a", 1, 1),
    metric: `x${index}`,
    series: `x${index}`,
  }));
  const folded = limit.apply({ at: 1, points: names, explicitBuckets: [] }).points;
  expect(folded.length).toBeLessThanOrEqual(201);
  expect(folded.reduce((sum, { value }) => sum + Number(value), 0)).toBe(1000);
});
