import { describe, expect, it } from "vitest";
import { budget } from "../plan/sample-budget.ts";
import { CALM_SECONDS } from "../plan/stress.ts";
import { type Answers, at, driven, FINE, type Promised, SLOW, type Stretch, WARMUP } from "./sample-stress.ts";

const broken = (...stretches: readonly Stretch[]) => driven([...stretches, at(50, 10)]).broken;

describe("a breaking point", () => {
  it("lies between the highest rate that held and the lowest that did not", () => {
    expect(driven([at(100, 10), at(200, 10, SLOW), at(50, 10)])).toEqual({
      peakRate: 200,
      broken: { held: 100, rate: 200, how: "p95 of list over 100 ms", resource: undefined },
      recovery: { seconds: 0, isOver: true },
    });
  });

  it("is not there where all was well, or where nothing was measured", () => {
    const nothing = { broken: undefined, recovery: undefined };
    expect(driven([at(100, 10), at(200, 10), at(50, 10)])).toEqual({ peakRate: 200, ...nothing });
    expect(driven([at(100, 10, []), at(200, 10, [])])).toEqual({ peakRate: 0, ...nothing });
  });

  it("is there from three broken seconds on, the last ones of the peak", () => {
    expect(broken(at(100, 10), at(200, 3, SLOW))?.rate).toBe(200);
    expect(broken(at(100, 10), at(200, 2, SLOW))).toBeUndefined();
  });

  it("is where nine of ten seconds are broken from there to the end of the peak", () => {
    const peak = (fine: readonly number[]) =>
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => at(300, 1, fine.includes(second) ? FINE : SLOW));
    expect(broken(at(100, 10), at(200, 1, SLOW), ...peak([5]))?.rate).toBe(200);
    expect(broken(at(100, 10), at(200, 1, SLOW), ...peak([4, 6]))?.rate).toBe(300);
  });
});

describe("the rate that held", () => {
  it("held for three seconds in a row", () => {
    expect(broken(at(100, 10), at(200, 3), at(300, 10, SLOW))?.held).toBe(200);
    expect(broken(at(100, 10), at(200, 2), at(300, 10, SLOW))?.held).toBe(100);
  });

  it("held in each of them", () => {
    const now = [FINE, SLOW, FINE, SLOW, FINE, SLOW, FINE].map((answers) => at(200, 1, answers));
    expect(broken(at(100, 10), ...now, at(300, 6, SLOW))).toMatchObject({ held: 100, rate: 300 });
  });

  it("is lower than the one that broke it, by more than a hundredth", () => {
    expect(broken(at(100, 10), at(200, 5), at(200, 10, SLOW))).toMatchObject({ held: 100, rate: 200 });
    expect(broken(at(50, 10), at(99, 5), at(100, 10, SLOW))?.held).toBe(50);
    expect(broken(at(50, 10), at(98, 5), at(100, 10, SLOW))?.held).toBe(98);
  });

  it("is 0 where none did", () => {
    expect(broken(at(200, 10, SLOW))).toMatchObject({ held: 0, rate: 200 });
  });
});

describe("a second is broken", () => {
  const how = (answers: readonly Answers[], dropped = 0, promised: Promised = {}) =>
    driven([at(100, 10), at(200, 10, answers, dropped), at(50, 10)], promised).broken?.how;

  it.each([
    ["a percentile at its limit", [{ p95: 100 }], 0, undefined],
    ["a percentile over it", [{ p95: 100.1 }], 0, "p95 of list over 100 ms"],
    ["a percentile of five answers", [{ p95: 900, requests: 5 }], 0, "p95 of list over 100 ms"],
    ["a percentile of four", [{ p95: 900, requests: 4 }], 0, undefined],
    ["a percentile of four, and an error", [{ p95: 900, requests: 5, failed: 1 }], 0, "errors over 1 %"],
    ["one error in a hundred", [{ p95: 20, requests: 100, failed: 1 }], 0, undefined],
    ["two errors in a hundred", [{ p95: 20, requests: 100, failed: 2 }], 0, "errors over 1 %"],
    ["one drop in a hundred", [{ p95: 20, requests: 99 }], 1, undefined],
    ["two drops in a hundred", [{ p95: 20, requests: 98 }], 2, "errors over 1 %"],
    [
      "errors of another endpoint",
      [{ requests: 50 }, { endpoint: "pay", requests: 50, failed: 2 }],
      0,
      "errors over 1 %",
    ],
    ["answers that nobody timed", [{}], 0, undefined],
    ["no answer", [], 0, "no answer at all"],
  ] as const)("or not by %s", (_, answers, dropped, expected) => {
    expect(how(answers, dropped)).toBe(expected);
  });

  it("by no number of errors where none is promised", () => {
    expect(how([{ failed: 200 }], 0, { budgets: [budget("breaking_point > 150/s")] })).toBeUndefined();
  });

  it("from where iterations are dropped on, and not before", () => {
    const found = broken(at(100, 10), at(200, 10), at(300, 10, FINE, 30));
    expect(found).toMatchObject({ held: 200, rate: 300, how: "errors over 1 %" });
  });
});

describe("the limit that breaks", () => {
  const fine: Answers = { p50: 1, p95: 2, p99: 3, max: 4 };
  const slow: Answers = { p50: 60, p95: 600, p99: 700, max: 800 };
  const how = (own: readonly string[], whole: readonly string[] = []) =>
    driven([at(100, 10, [fine]), at(200, 10, [slow]), at(50, 10, [fine])], {
      endpoints: { list: own.map((limit) => budget(limit)) },
      budgets: whole.map((limit) => budget(limit)),
    }).broken?.how;

  it.each([
    [["p95 of latency < 500 ms", "p50 of latency < 50 ms"], [], "p50 of list over 50 ms"],
    [["p99 of latency < 650 ms"], [], "p99 of list over 650 ms"],
    [["max of latency < 750 ms"], [], "max of list over 750 ms"],
    [["max of latency < 750 ms"], ["p95 of latency < 400 ms"], "p95 of list over 400 ms"],
    // No second knows these.
    [["p95 of latency < 500 ms", "mean of latency < 1 ms", "p90 of latency < 1 ms"], [], "p95 of list over 500 ms"],
    [["p95 of latency < 500 ms", "p95 of scheduled_latency < 1 ms"], [], "p95 of list over 500 ms"],
    // It kept the tighter one.
    [["p50 of latency < 70 ms", "p99 of latency < 650 ms"], [], undefined],
  ])("of %j, and %j for the scenario, is the tightest of those that a second knows", (own, whole, expected) => {
    expect(how(own, whole)).toBe(expected);
  });

  it("is none that holds for certain hardware alone", () => {
    const bound = { ...budget("p50 of latency < 1 ms"), boundTo: { name: "large", cpus: 64, memoryGiB: 256 } };
    const promised = { endpoints: { list: [bound, budget("p95 of latency < 500 ms")] } };
    const found = driven([at(100, 10, [fine]), at(200, 10, [slow]), at(50, 10, [fine])], promised);
    expect(found.broken?.how).toBe("p95 of list over 500 ms");
  });

  it("may be of any endpoint", () => {
    const endpoints = { list: [budget("p95 of latency < 100 ms")], pay: [budget("p95 of latency < 50 ms")] };
    const both = (pay: number) => [{ p95: 20 }, { endpoint: "pay", p95: pay }];
    const stretches = [at(100, 10, both(20)), at(200, 10, both(60)), at(50, 10, both(20))];
    expect(driven(stretches, { endpoints }).broken?.how).toBe("p95 of pay over 50 ms");
  });
});

describe("the resource that ended first", () => {
  /** One thread of a part, how busy it was in each second; 0 in all others. */
  const thread = (part: string, busy: Readonly<Record<number, number>>) => ({
    part,
    metric: "busiest_thread",
    points: Array.from({ length: 60 }, (_, second) => [second, busy[second] ?? 0] as const),
  });
  const BROKEN = WARMUP + 10 + 1;
  // Three seconds broken, after ten at the rate that held and one on the way.
  const stretches = [at(100, 10), at(150, 1), at(200, 3, SLOW), at(50, 10)];
  const atTheEnd = { [BROKEN]: 1, [BROKEN + 1]: 0.92, [BROKEN + 2]: 0.99 };

  it("is one that was used up from the break to the end of the peak", () => {
    const found = driven(stretches, {}, [thread("service", atTheEnd)]);
    expect(found.broken?.resource).toBe("one thread of the service worked for 97 % of the time");
  });

  it("is the one that was closest to its end in the last seconds at the rate that held", () => {
    const last = BROKEN - 2;
    const first = last - CALM_SECONDS;
    // Twice of six seconds: 33 %, and less over any other stretch.
    const service = thread("service", { [first]: 1, [last]: 1, ...atTheEnd });
    const always = (busy: number) =>
      thread("redis", {
        ...Object.fromEntries(Array.from({ length: BROKEN }, (_, second) => [second, busy])),
        ...atTheEnd,
      });
    expect(driven(stretches, {}, [always(0.32), service]).broken?.resource).toMatch(/^one thread of the service/);
    expect(driven(stretches, {}, [service, always(0.34)]).broken?.resource).toMatch(/^one thread of the redis/);
  });
});
