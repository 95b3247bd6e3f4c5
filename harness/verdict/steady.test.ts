import { describe, expect, it } from "vitest";
import type { EndpointWindow } from "../collect/record.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";
import { sampleScenario } from "./sample-scenario.ts";
import { notSteady } from "./steady.ts";

const endpoint = (name: string, limits: readonly string[]) => ({ name, budgets: limits.map((limit) => budget(limit)) });
/** As far as it is read here. */
const planOf = (...endpoints: readonly ReturnType<typeof endpoint>[]) => ({ endpoints }) as unknown as ScenarioPlan;

/** One window a second, of so many requests, with the median that stands there. */
const windows = (medians: readonly number[], change: Partial<EndpointWindow> = {}): EndpointWindow[] =>
  medians.map((p50, second) => ({
    endpoint: "list",
    phase: "measured",
    second,
    requests: 5,
    failed: 0,
    p50,
    ...change,
  }));

const times = (count: number, value: number) => new Array<number>(count).fill(value);
/** A quarter of the windows at the start, and the rest. */
const starting = (start: number, rest: number, count = 12) => [
  ...times(count / 4, start),
  ...times((count / 4) * 3, rest),
];

const found = (series: readonly EndpointWindow[], limits: readonly string[] = ["p95 of latency < 100 ms"]) =>
  notSteady(planOf(endpoint("list", limits)), sampleScenario({ series }));

describe("a warm-up", () => {
  it("was too short where the first quarter was more than twice as slow as the second half", () => {
    expect(found(windows(starting(41, 20)))).toEqual(["list"]);
    expect(found(windows(starting(40, 20)))).toEqual([]);
  });

  it("was long enough where the start was slower by no more than a tenth of the tightest limit", () => {
    const limits = (max: number) => [`p50 of latency < ${max} ms`, "p95 of latency < 1 s"];
    expect(found(windows(starting(15, 5)), limits(100))).toEqual([]);
    expect(found(windows(starting(15, 5)), limits(99))).toEqual(["list"]);
  });

  it("is judged by the start and the second half alone, whatever lies between", () => {
    expect(found(windows([...times(3, 90), ...times(3, 900), ...times(6, 20)]))).toEqual(["list"]);
    expect(found(windows([...times(3, 20), ...times(9, 90)]))).toEqual([]);
    expect(found(windows([...times(8, 90), ...times(8, 20)]))).toEqual(["list"]);
  });

  it("is judged in the order of time, in whatever order the windows were saved", () => {
    expect(found(windows(starting(90, 20)).toReversed())).toEqual(["list"]);
    expect(found(windows(starting(20, 90)).toReversed())).toEqual([]);
  });

  it("needs a dozen windows that know a median", () => {
    expect(found(windows(starting(90, 20)).slice(0, -1))).toEqual([]);
    const silent = (change: Partial<EndpointWindow>) => [
      ...windows(starting(90, 20)).slice(0, -1),
      ...windows([20], { second: 11, ...change }),
    ];
    expect(found(silent({}))).toEqual(["list"]);
    expect(found(silent({ failed: 1 }))).toEqual([]);
    const all = windows(starting(90, 20)).slice(0, -1);
    expect(found([...all, { endpoint: "list", phase: "measured", second: 11, requests: 9, failed: 0 }])).toEqual([]);
  });

  it("is judged by what was measured of the endpoint itself", () => {
    const steady = windows(times(12, 20));
    const later = steady.map((window) => ({ ...window, second: window.second + 12 }));
    expect(found([...windows(times(12, 900), { phase: "warmup" }), ...later])).toEqual([]);
    expect(found([...windows(starting(90, 20), { endpoint: "pay" }), ...steady])).toEqual([]);
    const plan = planOf(...["pay", "list", "find"].map((name) => endpoint(name, ["p95 of latency < 100 ms"])));
    const series = ["pay", "find"].flatMap((name) => windows(starting(90, 20), { endpoint: name }));
    expect(notSteady(plan, sampleScenario({ series: [...series, ...steady] }))).toEqual(["pay", "find"]);
  });

  it("is not judged without a limit on latency, and no other limit counts", () => {
    expect(found(windows(starting(90, 20)), [])).toEqual([]);
    expect(found(windows(starting(90, 20)), ["error_rate < 1 %"])).toEqual([]);
    expect(found(windows(starting(90, 20)), ["error_rate < 1 %", "p95 of latency < 10 s"])).toEqual([]);
  });
});
