import { describe, expect, it } from "vitest";
import type { BenchRecord, MicroProcess, MicroRecord } from "../collect/micro-record.ts";
import type { Budget } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";
import { sampleBench, sampleMicroRecord, sampleProcess } from "../report/sample-micro.ts";
import { LIMITS } from "./limits.ts";
import { microFigure } from "./micro-figures.ts";
import { fitGrowth } from "./stats/growth.ts";
import { pairedRatio } from "./stats/paired-ratio.ts";

const MIB = 1024 ** 2;
const figureOf = (of: string | Budget, benches: readonly BenchRecord[], more: Partial<MicroRecord> = {}) =>
  microFigure(typeof of === "string" ? budget(of) : of, sampleMicroRecord(benches, more));
const unresolved = (because: string) => ({ measured: undefined, count: 0, because });
const without = (bench: BenchRecord): BenchRecord => {
  const { bytes: _, ...rest } = bench;
  return rest;
};
const one = sampleBench("one");
const batched = sampleBench("one", { callsPerSample: 4096 });

describe("the figure of a bench", () => {
  it.each([
    ["mean of time in one < 1 s", 1000],
    ["min of time in one < 1 s", 900],
    ["p90 of time in one < 1 s", 1100],
    ["p99 of time in one < 1 s", 1500],
    ["max of time in one < 1 s", 3000],
  ])("is one of its times: %s", (limit, value) => {
    expect(figureOf(limit, [sampleBench("other"), one])).toStrictEqual({ measured: { value }, count: 1000 });
  });

  it("may be less by the readings of the clock, from where these are no longer a trifle", () => {
    const p50 = (clockNs: number, bench = one) =>
      figureOf("p50 of time in one < 1 s", [bench], { processes: [sampleProcess({ clockNs })] }).measured;
    const trifle = LIMITS.clockShare * 1000;
    expect(p50(trifle - 1)).toEqual({ value: 1000 });
    expect(p50(trifle)).toEqual({ lower: 950, upper: 1000 });
    expect(p50(2000)).toEqual({ lower: 0, upper: 1000 });
    const mean = { processes: [sampleProcess({ clockNs: 100 })] };
    expect(figureOf("mean of time in one < 1 s", [batched], mean).measured).toEqual({ value: 1000 });
  });

  it("knows the clock of the process that measured it, if there was one", () => {
    const sized = sampleBench("one", { size: 10 });
    const processes = [sampleProcess({ clockNs: 900 }), sampleProcess({ size: 10, clockNs: 100 })];
    const limit = "p50 of time in one < 1 s";
    expect(figureOf(limit, [sized], { processes }).measured).toEqual({ lower: 900, upper: 1000 });
    expect(figureOf(limit, [one], { processes: [] }).measured).toEqual({ value: 1000 });
  });

  it.each<readonly [string | Budget, BenchRecord, object]>([
    ["bytes in one < 1 KB", one, { measured: { lower: 99, upper: 101 }, count: 9 }],
    [
      "bytes in one < 1 KB",
      sampleBench("one", { bytes: { median: 64, lower: 64, upper: 64, counts: 7 } }),
      { measured: { value: 64 }, count: 7 },
    ],
    [
      "bytes in one < 1 KB",
      without(one),
      unresolved("a collection ran in every count of its bytes, or none was long enough"),
    ],
    ["throughput in one > 1/s", sampleBench("one", { items: 500 }), { measured: { value: 5e8 }, count: 1000 }],
    [
      "throughput in one > 1/s",
      sampleBench("one", { time: { ...one.time, mean: 0 } }),
      { measured: undefined, count: 1000 },
    ],
    ["gc_time in one < 1 us", sampleBench("one", { calls: 500 }), { measured: { value: 100 }, count: 500 }],
    ["gc_time in one < 1 us", sampleBench("one", { calls: 0 }), { measured: undefined, count: 0 }],
    [
      "p99 of time in one < 1 s",
      batched,
      unresolved("each sample is the mean of 4096 calls, which hides the slow ones; declare the bench as `single`"),
    ],
    [{ ...budget("time in one < 1 s"), statistic: "p75" }, batched, unresolved("p75 is no statistic of one bench")],
    [
      { ...budget("time in one < 1 s"), metric: "latency" },
      one,
      unresolved("latency is no figure of a micro-benchmark"),
    ],
    ["time in two < 1 s", one, unresolved('there is no figure of "two"')],
    ["ratio of time in one to two < 1", one, unresolved('there is no figure of "two"')],
    ["ratio of time in two to one < 1", one, unresolved('there is no figure of "two"')],
  ])("is what was measured, or why there is nothing: %j", (limit, bench, figure) => {
    expect(figureOf(limit, [bench])).toStrictEqual(figure);
  });
});

describe("the ratio of two benches", () => {
  const fast = sampleBench("fast", { rounds: [500, 520, 480, 510], items: 10, time: { ...one.time, p50: 500 } });
  const slow = sampleBench("slow", { rounds: [1000, 1010, 990, 1005], items: 5 });
  const ratio = (metric: string, a: BenchRecord, b: BenchRecord, processes?: readonly MicroProcess[]) =>
    figureOf(`ratio of ${metric} in ${a.name} to ${b.name} ${metric === "throughput" ? ">" : "<"} 1`, [a, b], {
      ...(processes === undefined ? {} : { processes }),
    });

  it("is that of their rounds, which lay side by side, and of the items in them", () => {
    const times = pairedRatio(fast.rounds, slow.rounds);
    const figure = { measured: { lower: times?.lower, upper: times?.upper }, count: 4 };
    const quiet = [sampleProcess({ clockNs: 10 })];
    expect(ratio("time", fast, slow, quiet)).toStrictEqual(figure);
    const { lower = 0, upper = 0 } = times ?? {};
    expect(ratio("throughput", fast, slow, quiet).measured).toEqual({
      lower: expect.closeTo(2 / upper, 9),
      upper: expect.closeTo(2 / lower, 9),
    });
  });

  it("of bytes goes from edge to edge of what was counted", () => {
    const lean = sampleBench("lean", { bytes: { median: 50, lower: 40, upper: 60, counts: 5 } });
    expect(ratio("bytes", lean, slow)).toStrictEqual({ measured: { lower: 40 / 101, upper: 60 / 99 }, count: 5 });
    expect(ratio("bytes", slow, lean)).toStrictEqual({ measured: { lower: 99 / 60, upper: 101 / 40 }, count: 5 });
    const uncounted = unresolved("the bytes of one of the two were not counted");
    expect(ratio("bytes", without(lean), slow)).toStrictEqual(uncounted);
    expect(ratio("bytes", lean, without(slow))).toStrictEqual(uncounted);
    const none = sampleBench("none", { bytes: { median: 0, lower: 0, upper: 8, counts: 5 } });
    expect(ratio("bytes", lean, none)).toStrictEqual(unresolved('"none" allocates nothing to compare with'));
    expect(ratio("bytes", none, lean).measured).toEqual({ lower: 0, upper: 0.2 });
  });

  it("is none of times from two processes, of too few rounds, or of what the clock makes itself", () => {
    const sized = sampleBench("n/10", { size: 10 });
    expect(ratio("time", slow, sized)).toStrictEqual(unresolved("the two ran in different processes, not in turns"));
    const short = sampleBench("short", { rounds: [1, 2] });
    expect(ratio("time", short, short)).toStrictEqual(unresolved("fewer than three rounds, or a time of 0"));
    const clock = unresolved("the clock itself takes too much of so short a call; time it in batches (not `single`)");
    const limit = LIMITS.clockShare * fast.time.p50;
    const [just, over] = [[sampleProcess({ clockNs: limit })], [sampleProcess({ clockNs: limit + 1 })]];
    expect(ratio("time", fast, slow, just).measured).toBeDefined();
    expect(ratio("time", fast, slow, over)).toStrictEqual(clock);
    expect(ratio("time", slow, fast, over)).toStrictEqual(clock);
  });
});

describe("the memory of a process", () => {
  const failed = { kind: "failed", how: "it ended", lastLines: [] } as const;
  const [small, large] = [sampleBench("n/10", { size: 10 }), sampleBench("n/1000", { size: 1000 })];
  const processes = [
    sampleProcess(),
    sampleProcess({ size: 10, peakRssBytes: 60 * MIB }),
    sampleProcess({ size: 1000, peakRssBytes: 250 * MIB }),
  ];
  const of = (limit: string, more: readonly MicroProcess[] = processes) =>
    figureOf(limit, [one, small, large], { processes: more });

  it.each([
    ["peak_rss < 1 GB", 150 * MIB],
    ["memory < 1 GB", 100 * MIB],
    ["peak_rss in one < 1 GB", 150 * MIB],
    ["peak_rss in n/1000 < 1 GB", 250 * MIB],
    ["memory in n/1000 < 1 GB", 200 * MIB],
    ["ratio of memory in n/1000 to n/10 < 1", 20],
    ["ratio of peak_rss in n/1000 to n/10 < 1", 25 / 6],
  ])("is its own, and that of what it added: %s", (limit, value) => {
    expect(of(limit)).toStrictEqual({ measured: { value }, count: 1 });
  });

  it("is not known where there is no such process, or it failed", () => {
    const unknown = unresolved("its process did not end well");
    expect(of("memory in n/7 < 1 GB")).toStrictEqual(unknown);
    expect(of("memory in n/10 < 1 GB", [sampleProcess()])).toStrictEqual(unknown);
    expect(of("memory < 1 GB", [sampleProcess({ exit: failed })])).toStrictEqual(unknown);
    const limit = "ratio of memory in n/1000 to n/10 < 1";
    const other = unresolved('the memory of "n/10" was not measured');
    const smaller = (change: Partial<MicroProcess>) => [
      sampleProcess({ size: 10, ...change }),
      sampleProcess({ size: 1000 }),
    ];
    expect(of(limit, smaller({ exit: failed }))).toStrictEqual(other);
    expect(of(limit, smaller({ peakRssBytes: 50 * MIB }))).toStrictEqual(other);
    expect(of(limit, smaller({ peakRssBytes: 150 * MIB })).measured).toEqual({ value: 1 });
  });
});

describe("the growth of a figure", () => {
  const sizes = [10, 100, 1000, 10_000];
  const wobble = (size: number) => (size === 100 ? 1.05 : 1);
  const benches = sizes.map((size) => {
    const bytes = { median: 8 * size ** 2 * wobble(size), lower: 0, upper: 0, counts: 9 };
    return sampleBench(`n/${size}`, { size, bytes, time: { ...one.time, p50: 3 * size * wobble(size) } });
  });
  const processes = [
    sampleProcess(),
    ...sizes.map((size) => sampleProcess({ size, peakRssBytes: 50 * MIB + size ** 0.5 * wobble(size) })),
  ];
  const fitted = (value: (size: number) => number) => {
    const fit = fitGrowth(sizes.map((size) => ({ size, value: value(size) * wobble(size) })));
    return { measured: { lower: fit?.lower, upper: fit?.upper }, count: 4 };
  };

  it.each<readonly [string, (size: number) => number]>([
    ["exponent of time <= 1.1", (size) => 3 * size],
    ["exponent of bytes <= 1.1", (size) => 8 * size ** 2],
  ])("is the interval of its exponent over all sizes: %s", (limit, value) => {
    // A bench that is no size of the sweep has no say.
    expect(figureOf(limit, [one, ...benches], { processes })).toStrictEqual(fitted(value));
  });

  it("is that of what a process needs beside Node itself", () => {
    const figure = figureOf("exponent of memory <= 1.1", benches, { processes });
    const { lower = 0, upper = 0 } = fitted((size) => size ** 0.5).measured;
    expect(figure.measured).toEqual({ lower: expect.closeTo(lower, 6), upper: expect.closeTo(upper, 6) });
    expect(figureOf("exponent of memory <= 1.1", benches, { processes: processes.slice(0, 3) })).toStrictEqual(
      unresolved("2 sizes with a figure above 0, and a fit with an interval needs three"),
    );
  });

  it("is not known from two sizes, nor where bytes were not counted", () => {
    const few = unresolved("2 sizes with a figure above 0, and a fit with an interval needs three");
    expect(figureOf("exponent of time <= 1.1", benches.slice(0, 2))).toStrictEqual(few);
    const [first = one, ...others] = benches;
    const counted = [without(first), without(others[0] ?? one), ...others.slice(1)];
    expect(figureOf("exponent of bytes <= 1.1", counted)).toStrictEqual(few);
  });
});
