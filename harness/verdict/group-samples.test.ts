import { describe, expect, it } from "vitest";
import { sampleBench, sampleMicroRecord, sampleMicroRun } from "../report/sample-micro.ts";
import type { StoredRun } from "./comparable.ts";
import { groupSamples, type SoundFigures, soundFigures } from "./group-samples.ts";
import type { FigureName } from "./run-figures.ts";
import { plan, run, scenarioPlan, scenarioRecord } from "./sample-browse.ts";
import type { Measured } from "./verdict.ts";

const P95: FigureName = {
  part: "browse",
  subject: { kind: "endpoint", name: "cart.read" },
  metric: "latency",
  statistic: "p95",
};
const ERRORS: FigureName = { ...P95, metric: "error_rate", statistic: "value" };
const ENDLESS = { lower: Number.POSITIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
const OPEN = { lower: 5, upper: Number.POSITIVE_INFINITY };

const measuredAs = (name: FigureName, measured: Measured | undefined) => ({ ...name, measured, count: 1 });
/** One run for each value, with that figure alone. */
const runs = (values: readonly (number | Measured | undefined)[], name = P95): SoundFigures[] =>
  values.map((value) => ({
    figures: [measuredAs(name, typeof value === "number" ? { value } : value)],
    invalid: 0,
  }));
type Values = Parameters<typeof runs>[0];
const sampleOf = (left: Values, right: Values, name = P95) => groupSamples(runs(left, name), runs(right, name))[0];

describe("what two groups give a test", () => {
  it("is one number of every run, and its logarithm", () => {
    expect(sampleOf([1, 2, 4], [8, 16, 32])).toStrictEqual({
      name: expect.objectContaining(P95),
      values: { left: [1, 2, 4], right: [8, 16, 32] },
      left: [0, Math.log(2), Math.log(4)],
      right: [Math.log(8), Math.log(16), Math.log(32)],
      blur: 0,
    });
  });

  it("is the middle of a bucket, and how far the shift may lie off for that: by the widest of either side", () => {
    const sample = sampleOf([{ lower: 2, upper: 8 }, { lower: 4, upper: 4 }, 5], [{ lower: 1, upper: 9 }, 1, 1]);
    expect(sample?.values).toEqual({ left: [4, 4, 5], right: [3, 1, 1] });
    // Half of ln 4, and half of ln 9.
    expect(sample?.blur).toBeCloseTo(Math.log(2) + Math.log(3), 12);
    expect(sample).not.toHaveProperty("because");
  });

  it.each<readonly [Values, Values, string | undefined]>([
    [[1, 2, 3], [1, 2, 3], undefined],
    [[1, 2], [1, 2, 3], "it needs 1 more run on the left"],
    [[1, 2, 3], [1], "it needs 2 more runs on the right"],
    [[1, 2, undefined], [], "it needs 1 more run on the left and 3 more runs on the right"],
    [[1, 2, ENDLESS], [1, 2, 3], "dropped iterations reach into it in 1 run on the left"],
    [
      [1, OPEN, ENDLESS],
      [1, 2, 3, OPEN],
      "dropped iterations reach into it in 2 runs on the left and 1 run on the right",
    ],
    [[1, ENDLESS], [1, 2, 3], "it needs 1 more run on the left"],
    [[0, 1, 2], [1, 2, 3], "a figure of 0 has no ratio"],
    [[1, 2, 3], [1, 2, 0], "a figure of 0 has no ratio"],
  ])("is nothing to test where runs are missing or have no number: %j and %j", (left, right, because) => {
    expect(sampleOf(left, right)?.because).toBe(because);
  });

  const failing = (errors: readonly number[], name = P95, of = ERRORS): SoundFigures[] =>
    errors.map((share) => ({
      figures: [measuredAs(name, { value: 5 }), measuredAs(of, { value: share })],
      invalid: 0,
    }));
  const because = (left: SoundFigures[], right: SoundFigures[]) => groupSamples(left, right)[0]?.because;

  it("are latencies of other requests where error rates are more than 1 % apart: half of the runs decide", () => {
    const none = failing([0, 0, 0]);
    const sentence = (left: string, right: string) =>
      `of its requests ${left} failed on the left and ${right} on the right, so that others were measured`;
    expect(because(none, failing([0.01, 0.01, 0.01]))).toBeUndefined();
    expect(because(none, failing([0.5, 0.011, 0.011]))).toBe(sentence("0.0 %", "1.1 %"));
    expect(because(failing([0.25, 0.25, 0.25]), none)).toBe(sentence("25.0 %", "0.0 %"));
    expect(because(none, failing([0, 0, 0.5]))).toBeUndefined();
    expect(because(failing([0.25, 0.25, 0.25]), failing([0.25, 0.25, 0.25]))).toBeUndefined();
  });

  it("are still times where others failed, or nobody knows how many did", () => {
    const all = [1, 1, 1];
    const ttft: FigureName = { ...P95, metric: "ttft" };
    expect(because(failing([0, 0, 0], ttft), failing(all, ttft))).toBeUndefined();
    const elsewhere: FigureName = { ...ERRORS, subject: { kind: "endpoint", name: "cart.write" } };
    expect(because(failing([0, 0, 0], P95, elsewhere), failing(all, P95, elsewhere))).toBeUndefined();
    const other: FigureName = { ...ERRORS, part: "pay" };
    expect(because(failing([0, 0, 0], P95, other), failing(all, P95, other))).toBeUndefined();
  });

  it("is there for every figure that a run of either group has, once", () => {
    const names: FigureName[] = [
      P95,
      { ...P95, part: "pay" },
      { ...P95, subject: { kind: "scenario", name: "cart.read" } },
      { ...P95, subject: { kind: "endpoint", name: "cart.write" } },
      { ...P95, metric: "ttft" },
      { ...P95, statistic: "p99" },
    ];
    const [first = P95, ...others] = names;
    const left = [...runs([1, 2, 3], first), ...runs([7], others[0] ?? first)];
    const right = others.flatMap((name) => runs([4], name));
    expect(groupSamples(left, right).map(({ name }) => name)).toMatchObject(names);
    expect(groupSamples(left, right)[1]?.values).toEqual({ left: [7], right: [4] });
  });
});

describe("the sound figures of a run", () => {
  const { record: micro, plan: of } = sampleMicroRun(["time in one < 1 s"], sampleMicroRecord([sampleBench("one")]));
  const both: StoredRun = {
    plan: { ...plan(scenarioPlan([])), micro: of.micro ?? [] },
    record: { ...run(scenarioRecord()), micro: micro.micro ?? [] },
  };
  const parts = ({ figures }: SoundFigures) => [...new Set(figures.map(({ part }) => part))];

  it("are those of what is not INVALID, and how much was", () => {
    const whole = soundFigures(both);
    expect([parts(whole), whole.invalid]).toEqual([["browse", "sample"], 0]);
    const { instrument } = scenarioRecord();
    const unsound = scenarioRecord({ instrument: { ...instrument, overflowSeries: 1 } });
    const left = soundFigures({ ...both, record: { ...both.record, scenarios: [unsound] } });
    expect([parts(left), left.invalid]).toEqual([["sample"], 1]);
    const empty = sampleMicroRecord([sampleBench("one", { samples: 0 })]);
    const right = soundFigures({ ...both, record: { ...both.record, micro: [empty] } });
    expect([parts(right), right.invalid]).toEqual([["browse"], 1]);
    expect(soundFigures({ plan: plan(scenarioPlan([])), record: run(scenarioRecord()) }).invalid).toBe(0);
  });
});
