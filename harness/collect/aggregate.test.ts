import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Aggregate, aggregate } from "./aggregate.ts";
import { quantileBounds } from "./histogram.ts";
import { parseK6Summary } from "./k6-summary.ts";
import { decodeExport, type MetricsExport, type Point } from "./otlp.ts";

const FIXTURES = new URL("../../test/fixtures/k6-2.2.0/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FIXTURES));
/** Sent by k6 2.2.0 from test/fixtures/k6-2.2.0/cumulative/script.js. */
const cumulative = [0, 1, 2, 3, 4].map((index) => decodeExport(read(`cumulative/c${index}.bin`)));
const delta = [0, 1, 2, 3, 4].map((index) => decodeExport(read(`p${index}.bin`)));
const summary = parseK6Summary(JSON.parse(read("cumulative/summary.json").toString()), "summary.json");
const log = aggregate(cumulative, "proofload");

const endpoint = (name: string, phase: string) =>
  log.endpoints.find((one) => one.endpoint === name && one.phase === phase);

describe("what the raw log says", () => {
  it("counts as k6's own summary does, metric by metric", () => {
    const differences = [...summary.totals()].filter(([metric, count]) => log.totals.get(metric) !== count);
    expect(differences).toEqual([]);
    expect(summary.totals().size).toBeGreaterThan(12);
  });

  it("tells warm-up, measurement and setup apart by tag", () => {
    expect(log.endpoints.map((one) => `${one.endpoint} ${one.phase} ${one.requests}`)).toEqual([
      "auth.login setup 1",
      "items.broken measured 35",
      "items.broken warmup 11",
      "items.list measured 40",
      "items.list warmup 15",
      "items.read measured 40",
      "items.read warmup 15",
      "items.refused measured 5",
      "items.refused warmup 5",
      "items.wrong measured 35",
      "items.wrong warmup 10",
    ]);
  });

  it("counts as failed what had the wrong status, no answer, or the wrong body", () => {
    expect(endpoint("items.broken", "measured")).toMatchObject({
      failed: 35,
      byStatus: { "500": 35 },
      byError: { "1500": 35 },
    });
    expect(endpoint("items.refused", "measured")).toMatchObject({
      failed: 5,
      byStatus: { "0": 5 },
      byError: { "1212": 5 },
    });
    expect(endpoint("items.wrong", "measured")).toMatchObject({
      failed: 20,
      byStatus: { "200": 35 },
      byError: { check: 20 },
    });
    expect(endpoint("items.read", "measured")).toMatchObject({ failed: 0, byError: {} });
  });

  it("has a latency for every request that succeeded and no other", () => {
    for (const one of log.endpoints.filter(({ phase }) => phase !== "setup")) {
      expect(one.latency?.count ?? 0).toBe(one.requests - one.failed);
    }
  });

  it("bounds the exact percentiles of k6's summary by bucket edges", () => {
    const exact = summary.trend("latency", { name: "items.read", phase: "measured" });
    const histogram = endpoint("items.read", "measured")?.latency;
    expect(histogram?.count).toBe(exact?.count);
    expect(histogram?.max).toBe(exact?.max);
    expect(histogram?.min).toBe(exact?.min);
    if (histogram === undefined || exact === undefined) return;
    for (const [q, value] of [
      [0.5, exact.p50],
      [0.9, exact.p90],
      [0.95, exact.p95],
      [0.99, exact.p99],
    ] as const) {
      const bounds = quantileBounds(histogram, q);
      expect(bounds?.lower).toBeLessThanOrEqual(value);
      expect(bounds?.upper).toBeGreaterThanOrEqual(value);
    }
  });

  it("keeps the canary out of the service's requests", () => {
    expect(log.canary.latency.count).toBe(201);
    expect(log.canary.failed).toBe(0);
    expect(log.requests.map(({ endpoint: name }) => name)).not.toContain("canary");
    expect(log.streams.map(({ stream }) => stream)).not.toContain("canary");
  });

  it("charges dropped iterations to their stream, though k6 tags them with nothing but the scenario", () => {
    expect(log.streams).toEqual([
      { stream: "read", phase: "measured", completed: 150, dropped: 0 },
      { stream: "read", phase: "warmup", completed: 51, dropped: 0 },
      { stream: "slow", phase: "measured", completed: 6, dropped: 15 },
    ]);
  });

  it("takes no start lag of a stream after its first drop", () => {
    // The stream "read" dropped nothing and always says 0.5 ms; "slow" says 1 ms and drops from its first second on.
    expect(log.startLag).toMatchObject({ count: 150, max: 0.5 });
  });

  it("adds up second by second to the totals", () => {
    for (const one of log.endpoints) {
      const own = log.series.filter((window) => window.endpoint === one.endpoint && window.phase === one.phase);
      expect(own.reduce((sum, window) => sum + window.requests, 0)).toBe(one.requests);
      expect(own.reduce((sum, window) => sum + window.failed, 0)).toBe(one.failed);
    }
    expect(log.progress.reduce((sum, point) => sum + point.requests, 0)).toBe(212);
    expect(log.progress.reduce((sum, point) => sum + point.dropped, 0)).toBe(15);
  });

  it("lists the checks of all phases, which the summary of cut system tags does not", () => {
    expect(log.checks).toEqual([
      { name: "items.list: body", endpoint: "items.list", passes: 55, fails: 0 },
      { name: "items.read: body", endpoint: "items.read", passes: 55, fails: 0 },
      { name: "items.wrong: body", endpoint: "items.wrong", passes: 20, fails: 25 },
    ]);
  });

  it("is the same for exports in any order, and when some came twice", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 12 }), fc.nat(4), (extra, turn) => {
        const shuffled = [...extra, ...[0, 1, 2, 3, 4].map((index) => (index + turn) % 5)];
        const exports = shuffled.flatMap((index) => cumulative[index] ?? []);
        expect(plain(aggregate(exports, "proofload"))).toEqual(plain(log));
      }),
      { numRuns: 40 },
    );
  });

  it("loses no request when exports are missing, as long as the last one came, and shares the gap out", () => {
    const withGap = aggregate(
      [cumulative[0], cumulative[3], cumulative[4]].flatMap((one) => one ?? []),
      "proofload",
    );
    expect(withGap.endpoints).toEqual(log.endpoints);
    expect(withGap.progress.map((point) => point.requests > 0)).toEqual([true, true, true, true]);
    expect(withGap.progress.reduce((sum, point) => sum + point.requests, 0)).toBe(212);
  });

  it("adds up delta exports too", () => {
    const sums = aggregate(delta, "k6");
    const counts = delta.flatMap(({ points }) => points.filter((point) => point.metric === "http_reqs"));
    const expected = counts.reduce((sum, point) => sum + Number(point.value), 0);
    expect(sums.totals.get("http_reqs")).toBe(expected);
    expect(sums.totals.get("http_req_duration")).toBe(expected);
    expect(aggregate([...delta, ...delta], "k6").totals).toEqual(sums.totals);
  });

  it("adds what a sender counted after it was started anew", () => {
    const first = cumulative[4];
    const again = first === undefined ? [] : [restarted(first)];
    const both = aggregate([...cumulative, ...again], "proofload");
    expect(both.totals.get("http_reqs")).toBe(2 * (log.totals.get("http_reqs") ?? 0));
    expect(both.endpoints.find((one) => one.endpoint === "items.read")?.latency?.count).toBe(80);
  });

  it("names the endpoints of an unchanged script by name tag, else by method and path template", () => {
    const exports = delta.map((one) => renamed(one, "z", "http://127.0.0.1:9/users/17/orders/8c1f0a52b9de?x=1"));
    const names = aggregate(exports, "k6").endpoints.map((one) => `${one.endpoint} ${one.phase}`);
    expect(names).toContain("GET /users/:id/orders/:id measured");
    expect(names).toContain("post measured");
  });

  it("sees when k6 folded series together", () => {
    const [first] = cumulative;
    const point = first?.points.find((one) => one.metric === "http_reqs");
    const folded =
      point === undefined ? [] : [{ ...point, series: "x", attributes: { "otel.metric.overflow": "true" } }];
    const both = aggregate([...cumulative, { at: first?.at ?? 0, points: folded, explicitBuckets: [] }], "proofload");
    expect(both.overflowSeries).toBe(1);
    expect(log.overflowSeries).toBe(0);
  });

  it("says so when nothing was sent", () => {
    const nothing = aggregate([], "proofload");
    expect(nothing).toMatchObject({ start: undefined, endpoints: [], series: [], progress: [], measuredSeconds: 0 });
  });
});

/** Sums of fractions differ in their last digits with the order in which series are met. */
function plain(value: Aggregate): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => {
      if (inner instanceof Map) return Object.fromEntries([...inner].sort());
      return typeof inner === "number" ? Number(inner.toPrecision(9)) : inner;
    }),
  );
}

function restarted(one: MetricsExport): MetricsExport {
  const later = (point: Point): Point => ({ ...point, start: point.start + 60_000, time: point.time + 60_000 });
  return { ...one, at: one.at + 60_000, points: one.points.map(later) };
}

function renamed(one: MetricsExport, from: string, to: string): MetricsExport {
  const rename = (point: Point): Point =>
    point.attributes["name"] === from ? { ...point, attributes: { ...point.attributes, name: to } } : point;
  return { ...one, points: one.points.map(rename) };
}
