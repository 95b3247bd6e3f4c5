import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregate } from "../aggregate.ts";
import type { ScriptKind } from "../labels.ts";
import { decodeExport, type HistogramPoint, type MetricsExport } from "../otlp.ts";
import type { EndpointWindow } from "../record.ts";
import { countFields } from "./expected.ts";
import { toLine } from "./line.ts";
import type { Point } from "./point.ts";
import { createPointMaker, type PointContext } from "./point-maker.ts";
import { randomExports } from "./random-exports.ts";
import { createSeriesBudget, keyOf } from "./series-budget.ts";

const FIXTURES = new URL("../../../test/fixtures/k6-2.2.0/", import.meta.url);
const read = (name: string) => decodeExport(readFileSync(new URL(name, FIXTURES)));
const fixture = [0, 1, 2, 3, 4].map((index) => read(`cumulative/c${index}.bin`));
const delta = [0, 1, 2, 3, 4].map((index) => read(`p${index}.bin`));

type Stored = Map<string, { point: Point; fields: Record<string, unknown> }>;

/** What a database holds after the writes: fields of one series and time are merged, and the last value wins. */
function store(into: Stored, points: readonly Point[]): Stored {
  for (const point of points) {
    const key = `${keyOf(point)}\n@${point.time}`;
    const fields = Object.entries(point.fields).filter(([, value]) => value !== undefined);
    into.set(key, { point, fields: { ...into.get(key)?.fields, ...Object.fromEntries(fields) } });
  }
  return into;
}

function make(more: Partial<PointContext> = {}) {
  const series = createSeriesBudget();
  return createPointMaker({ run: "r1", target: "shop", scenario: "load", kind: "proofload", series, ...more });
}

/** Everything at once. */
function replay(exports: readonly MetricsExport[], more: Partial<PointContext> = {}): Stored {
  const maker = make(more);
  for (const received of exports) maker.add(received);
  return store(new Map(), maker.take());
}

const plain = (stored: Stored) => Object.fromEntries([...stored].map(([key, { fields }]) => [key, fields]).sort());

/** Without what is zero: a window that was written and is empty now says so, one that never was is not there. */
function weighty(stored: Stored) {
  const kept = [...stored].flatMap(([key, { fields }]) => {
    const own = Object.entries(fields).filter(([name, value]) => value !== 0 && name !== "rel_ms");
    return own.length === 0 ? [] : [[key, Object.fromEntries(own.map(([name, value]) => [name, rounded(value)]))]];
  });
  return Object.fromEntries(kept.sort());
}

/** Sums of fractions differ in their last digits with the order in which they are added. */
function rounded(value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(9)) : value;
}

const COUNTERS = ["http_reqs", "iterations", "dropped_iterations", "data_sent", "data_received", "my_c"];
const RATES = ["checks", "http_req_failed", "my_rate"];

/** What the database says of a metric of k6. */
function counted(stored: Stored, metric: string, script: ScriptKind): number {
  const kind = COUNTERS.includes(metric) ? "counter" : RATES.includes(metric) ? "rate" : "trend";
  const { measurement, fields, metric: tag } = countFields(metric, kind, script);
  let sum = 0;
  for (const { point, fields: own } of stored.values()) {
    if (point.measurement !== measurement || (tag !== undefined && point.tags.metric !== tag)) continue;
    for (const field of fields) sum += Number(own[field] ?? 0);
  }
  return sum;
}

function expectTotals(stored: Stored, exports: readonly MetricsExport[], script: ScriptKind): void {
  const { totals } = aggregate(exports, script);
  const inDatabase = [...totals.keys()].map((metric) => [metric, rounded(counted(stored, metric, script))]);
  expect(inDatabase).toEqual([...totals].map(([metric, count]) => [metric, rounded(count)]));
}

/** The windows of the record, as the database has them: one for each endpoint in the measured phase, else one for all. */
function recordWindows(stored: Stored) {
  const windows = new Map<string, Record<string, unknown>>();
  for (const { point, fields } of stored.values()) {
    const { endpoint, phase } = point.tags;
    if (phase === "canary" || (point.measurement !== "requests" && point.measurement !== "latency")) continue;
    const key = JSON.stringify([endpoint ?? "", phase, Number(fields["rel_ms"]) / 1000]);
    const held = windows.get(key) ?? { requests: 0, failed: 0 };
    windows.set(key, held);
    if (point.measurement === "requests") {
      held["requests"] = Number(held["requests"]) + Number(fields["count"] ?? 0);
      held["failed"] = Number(held["failed"]) + Number(fields["errors"] ?? 0);
    } else if (Number(fields["count"]) > 0 && phase === "measured") {
      for (const name of ["p50", "p95", "p99", "max"]) held[name] = fields[name];
    }
  }
  return Object.fromEntries([...windows].filter(([, held]) => hasSomething(held)).sort());
}

function expectedWindows(series: readonly EndpointWindow[]) {
  const windows = new Map<string, Record<string, unknown>>();
  for (const { endpoint, phase, second, requests, failed, ...quantiles } of series) {
    const isMeasured = phase === "measured";
    const key = JSON.stringify([isMeasured ? endpoint : "", phase, second]);
    const held = windows.get(key) ?? { requests: 0, failed: 0 };
    windows.set(key, held);
    held["requests"] = Number(held["requests"]) + requests;
    held["failed"] = Number(held["failed"]) + failed;
    if (isMeasured) Object.assign(held, quantiles);
  }
  return Object.fromEntries([...windows].filter(([, held]) => hasSomething(held)).sort());
}

function hasSomething(held: Record<string, unknown>): boolean {
  return held["requests"] !== 0 || held["failed"] !== 0 || held["p50"] !== undefined;
}

describe("the points of a run of k6", () => {
  it("hold as many samples of every metric as k6's summary and the log", () => {
    expectTotals(replay(fixture), fixture, "proofload");
    expect(counted(replay(fixture), "http_reqs", "proofload")).toBe(413);
    expectTotals(replay(delta, { kind: "k6" }), delta, "k6");
  });

  it("agree with the windows of the record", () => {
    const { series } = aggregate(fixture, "proofload");
    expect(series.length).toBeGreaterThan(20);
    expect(recordWindows(replay(fixture))).toEqual(expectedWindows(series));
  });

  it("stand at one second each from the first export with load on, and know how long after the start of load", () => {
    const stored = replay(fixture);
    const start = Math.round(fixture[0]?.at ?? 0) - 1000;
    const times = new Set([...stored.values()].map(({ point }) => point.time));
    expect([...times].sort()).toEqual([0, 1, 2, 3].map((second) => start + second * 1000));
    for (const { point } of stored.values()) expect(point.fields["rel_ms"]).toBe(point.time - start);
  });

  it("count every request in one bucket of the heat map", () => {
    for (const { point, fields } of replay(fixture).values()) {
      if (point.measurement !== "requests" && point.measurement !== "latency") continue;
      const buckets = Object.entries(fields).filter(([name]) => name.startsWith("le_"));
      const sum = buckets.reduce((all, [, count]) => all + Number(count), 0);
      expect(sum).toBe(fields["duration_count"] ?? fields["count"]);
    }
  });

  it("put every value between the edges of its bucket", () => {
    const value = (of: number) => ({
      scale: 2,
      offset: Math.ceil(Math.log2(of) * 4 - 1e-9) - 1,
      counts: [1],
      zeroCount: 0,
      count: 1,
      sum: of,
      min: of,
      max: of,
    });
    const values = [0.001, 0.125, 0.13, 1, 1.1, 2, 63, 64, 65, 65_536, 65_537, 1e9];
    const points = values.map((of, index): HistogramPoint => {
      const attributes = { name: `e${index}`, phase: "measured", scenario: "read", status: "200" };
      const common = {
        attributes,
        series: `e${index}`,
        start: 1e12 - 1000,
        time: 1e12,
        temporality: "cumulative",
      } as const;
      return { ...common, metric: "http_req_duration", kind: "histogram", value: value(of) };
    });
    const stored = replay([{ at: 1e12, points: [...points, request("load", 0, 1)], explicitBuckets: [] }]);
    const buckets = [...stored.values()].flatMap(({ point, fields }) => {
      const own = Object.keys(fields).filter((name) => name.startsWith("le_"));
      return own.map((name) => [Number(point.tags.endpoint?.slice(1)), name] as const);
    });
    expect(buckets.sort(([a], [b]) => a - b).map(([, name]) => name)).toEqual([
      "le_0.125",
      "le_0.125",
      "le_0.25",
      "le_1",
      "le_2",
      "le_2",
      "le_64",
      "le_64",
      "le_128",
      "le_65536",
      "le_inf",
      "le_inf",
    ]);
  });

  it("say what kinds of errors there were, and which endpoints failed", () => {
    const errors = new Map<string, number>();
    for (const { point, fields } of replay(fixture).values()) {
      const { endpoint = "all", phase, kind } = point.tags;
      const isErrors = point.measurement === "errors";
      const count = Number(isErrors ? fields["count"] : point.measurement === "requests" ? fields["errors"] : 0);
      const key = isErrors ? `${phase} kind ${kind}` : `${phase} ${endpoint}`;
      if (count > 0) errors.set(key, (errors.get(key) ?? 0) + count);
    }
    expect(Object.fromEntries(errors)).toEqual({
      "warmup kind 1500": 11,
      "measured kind 1500": 35,
      "warmup kind 1212": 5,
      "measured kind 1212": 5,
      "warmup kind check": 5,
      "measured kind check": 20,
      "warmup all": 21,
      "measured items.broken": 35,
      "measured items.refused": 5,
      "measured items.wrong": 20,
    });
  });

  it("are lines that the schema knows, all of them", () => {
    const lines = [...replay(fixture).values()].map(({ point }) => toLine(point));
    expect(lines.every((line) => /^[a-z]+,.*run=r1.*[ ,]rel_ms=\d+i.* \d{13}$/.test(line))).toBe(true);
  });

  it("are none before the first request, and none where nothing was sent", () => {
    const maker = make();
    maker.add({ at: 1000, points: [], explicitBuckets: [] });
    const idle = (fixture[0]?.points ?? []).filter(({ metric }) => metric !== "http_reqs" && metric !== "iterations");
    maker.add({ at: (fixture[0]?.at ?? 0) - 5000, points: idle, explicitBuckets: [] });
    expect(maker.take()).toEqual([]);
    expect(maker.state()).toMatchObject({ seconds: 0, start: undefined });
    for (const received of fixture) maker.add(received);
    expect(counted(store(new Map(), maker.take()), "iteration_duration", "proofload")).toBe(408);
  });
});

describe("laws of the point maker", () => {
  const runs = { numRuns: 60 };

  it("leave the same in the database however the log was cut into takes", () => {
    fc.assert(
      fc.property(randomExports(), fc.array(fc.boolean()), (exports, takes) => {
        const maker = make();
        const live: Stored = new Map();
        for (const [index, received] of exports.entries()) {
          maker.add(received);
          if (takes[index] === true) store(live, maker.take());
        }
        store(live, maker.take());
        expect(plain(live)).toEqual(plain(replay(exports)));
        expect(maker.take()).toEqual([]);
      }),
      runs,
    );
  });

  it("do so when exports come out of order too", () => {
    fc.assert(
      fc.property(randomExports(), fc.array(fc.boolean()), fc.array(fc.nat()), (exports, takes, order) => {
        const mixed = shuffled(exports, order);
        const maker = make();
        const live: Stored = new Map();
        for (const [index, received] of mixed.entries()) {
          maker.add(received);
          if (takes[index] === true) store(live, maker.take());
        }
        expect(plain(store(live, maker.take()))).toEqual(plain(replay(mixed)));
      }),
      runs,
    );
  });

  it.each(["cumulative", "delta"] as const)("change nothing when a %s export is repeated", (temporality) => {
    fc.assert(
      fc.property(randomExports({ temporality }), fc.array(fc.nat()), (exports, again) => {
        const repeated = exports.flatMap((one, index) => [
          one,
          ...again.slice(index, index + 2).flatMap((nth) => exports[nth % (index + 1)] ?? []),
        ]);
        expect(plain(replay(repeated))).toEqual(plain(replay(exports)));
      }),
      runs,
    );
  });

  it.each(["cumulative", "delta"] as const)(
    "add up to the totals of the log: %s, with losses and restarts",
    (temporality) => {
      fc.assert(
        fc.property(randomExports({ temporality }), fc.constantFrom<ScriptKind>("proofload", "k6"), (exports, kind) => {
          fc.pre(hasLoad(exports));
          expectTotals(replay(exports, { kind }), exports, kind);
        }),
        runs,
      );
    },
  );

  it("agree with the windows of the record, whatever was lost", () => {
    fc.assert(
      fc.property(randomExports(), fc.constantFrom<ScriptKind>("proofload", "k6"), (exports, kind) => {
        const { series } = aggregate(exports, kind);
        expect(recordWindows(replay(exports, { kind }))).toEqual(expectedWindows(series));
      }),
      runs,
    );
  });

  it("put an export that comes late in its place", () => {
    fc.assert(
      fc.property(randomExports(), fc.array(fc.nat()), (exports, order) => {
        const first = exports.findIndex((one) => hasLoad([one]));
        const late = [...exports.slice(0, first + 1), ...shuffled(exports.slice(first + 1), order)];
        expect(weighty(replay(late))).toEqual(weighty(replay(exports)));
      }),
      runs,
    );
  });

  it("never hold more series than the budget, whatever the names, and count on", () => {
    const pieces = fc.constantFrom(
      ",",
      "=",
      " ",
      "\n",
      "\\",
      '"',
      "é",
      "\u{1f600}",
      "\ud800",
      "__proto__",
      "constructor",
      "/",
    );
    const names = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces).map((all) => all.join("")),
      fc.uuid(),
      fc.constant("x".repeat(65_536)),
    );
    fc.assert(
      fc.property(
        randomExports({ names }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 40 }),
        (exports, mostValuesPerTag, mostSeriesOfMetric) => {
          fc.pre(hasLoad(exports));
          const series = createSeriesBudget({ mostSeries: 100, mostValuesPerTag });
          const stored = replay(exports, { series, mostSeriesOfMetric });
          const points = [...stored.values()].map(({ point }) => point);
          expect(new Set(points.map(keyOf)).size).toBeLessThanOrEqual(100);
          const endpoints = new Set(points.flatMap(({ tags }) => tags.endpoint ?? []));
          expect(endpoints.size).toBeLessThanOrEqual(mostValuesPerTag + 1);
          const { totals } = aggregate(exports, "proofload");
          for (const metric of [
            "http_reqs",
            "http_req_duration",
            "latency",
            "checks",
            "iterations",
            "http_req_waiting",
          ]) {
            expect(counted(stored, metric, "proofload")).toBe(totals.get(metric) ?? 0);
          }
          for (const point of points) expect(toLine(point)).not.toMatch(/[\n\r]/);
        },
      ),
      runs,
    );
  });
});

describe("what a point maker holds", () => {
  it("is bounded by the kept time: what comes later asks for a replay that knows how late, and the replay has it right", () => {
    const exports = Array.from({ length: 40 }, (_, second) =>
      shifted(fixture[second === 0 ? 0 : 1 + (second % 4)], second),
    );
    const late = [...exports.slice(0, 5), ...exports.slice(6), ...exports.slice(5, 6)];
    const maker = make({ keepSeconds: 20 });
    const live: Stored = new Map();
    for (const received of late) {
      maker.add(received);
      store(live, maker.take());
    }
    expect(maker.state()).toMatchObject({ needsReplay: true });
    const { lateSeconds } = maker.state();
    const again = make({ keepSeconds: lateSeconds });
    for (const received of late) again.add(received);
    expect(again.state()).toMatchObject({ needsReplay: false });
    const points = again.take();
    expect(weighty(store(live, points))).toEqual(weighty(replay(exports)));
    expect(plain(live)).toEqual(plain(store(new Map(), points)));
  });

  it("does not grow with the number of k6's series: what is not followed is added up", () => {
    const series = createSeriesBudget();
    const maker = make({ series, mostSeries: 50, mostSeriesOfMetric: 40 });
    const total = Array.from({ length: 3 }, (_, second) => {
      const points = Array.from({ length: 5000 }, (__, index) => request(`n${index}`, second, second + 1));
      maker.add({ at: 1e12 + second * 1000, points, explicitBuckets: [] });
      return 5000;
    }).reduce((a, b) => a + b);
    expect(maker.state()).toMatchObject({ folded: 4960, tracked: 41 });
    expect(counted(store(new Map(), maker.take()), "http_reqs", "proofload")).toBe(total);
  });
});

function request(name: string, second: number, value: number) {
  const at = 1e12 + second * 1000;
  const attributes = { name, status: "200", phase: "measured", scenario: "read" };
  const common = { metric: "http_reqs", attributes, series: name, start: 1e12 - 1000, time: at };
  return { ...common, kind: "sum", temporality: "cumulative", value } as const;
}

/** A sender that starts anew with every export, so that each of them brings something. */
function shifted(one: MetricsExport | undefined, second: number): MetricsExport {
  if (one === undefined) throw new TypeError("no export");
  const by = (fixture[0]?.at ?? 0) + second * 1000 - one.at;
  const points = one.points.map((point) => ({ ...point, start: point.time + by - 500, time: point.time + by }));
  return { ...one, at: one.at + by, points };
}

function hasLoad(exports: readonly MetricsExport[]): boolean {
  return exports.some(({ points }) => points.some(({ metric }) => metric === "http_reqs" || metric === "iterations"));
}

/** The items in an order that the numbers say. */
function shuffled<T>(items: readonly T[], order: readonly number[]): T[] {
  const left = [...items];
  return items.flatMap((_, index) => left.splice((order[index] ?? 0) % left.length, 1));
}
