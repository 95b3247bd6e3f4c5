import { describe, expect, it } from "vitest";
import type { AbRecord } from "../../collect/ab-record.ts";
import { alternating, changeStarts, p50Of, sampleComparison } from "../sample-comparison.ts";
import type { AbRules } from "./ab-verdict.ts";
import { decideAb } from "./decide-ab.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

const rules = (of: Partial<AbRules> = {}): AbRules => ({ ...DEFAULT_AB_RULES, minimumStarts: 6, mostStarts: 7, ...of });
const nextOf = (record: AbRecord, of: Partial<AbRules> = {}) => {
  const { kind, next } = decideAb(record, rules(of));
  return [kind, next];
};

describe("what comes after a start", () => {
  const noisy = (starts: number) => sampleComparison({ read: alternating(1, 0.05, starts) });

  it("is another one until as many are there as were planned, or no more can come", () => {
    expect(nextOf(noisy(6))).toEqual(["INCONCLUSIVE", "another start"]);
    expect(nextOf(noisy(7))).toEqual(["INCONCLUSIVE", "stop"]);
    expect(nextOf(noisy(6), { over: true })).toEqual(["INCONCLUSIVE", "stop"]);
  });

  it("is the end as soon as the answer is known", () => {
    const ratios = { equal: alternating(1, 0.005), slower: alternating(1.1, 0.005), faster: alternating(0.9, 0.005) };
    const only = (name: keyof typeof ratios) => sampleComparison({ [name]: ratios[name] });
    expect(nextOf(only("equal"))).toEqual(["EQUIVALENT", "stop"]);
    expect(nextOf(only("slower"))).toEqual(["REGRESSED", "stop"]);
    expect(nextOf(only("faster"))).toEqual(["IMPROVED", "stop"]);
    expect(nextOf(sampleComparison(ratios))).toEqual(["REGRESSED", "stop"]);
    expect(nextOf(sampleComparison({ ...ratios, slower: [] }))).toEqual(["INVALID", "stop"]);
  });

  it("is another one as long as a figure is undecided, or failures are, whatever has improved", () => {
    const better = { read: alternating(0.8, 0.005), write: alternating(1, 0.05) };
    expect(nextOf(sampleComparison(better))).toEqual(["INCONCLUSIVE", "another start"]);
    const burst = changeStarts(sampleComparison({ read: better.read }), ({ index, requests }) => ({
      requests: { ...requests, head: { ...requests.head, failed: index === 0 ? 0 : 100 } },
    }));
    expect(nextOf(burst)).toEqual(["INCONCLUSIVE", "another start"]);
  });
});

describe("a verdict", () => {
  it("without a start is INCONCLUSIVE, with nothing but what was asked", () => {
    expect(decideAb(sampleComparison({ read: [] }), rules())).toStrictEqual({
      schema: "proofload/ab-verdict/1",
      runId: "20260314-091500-ab-crud-3f9a",
      kind: "INCONCLUSIVE",
      exitCode: 2,
      sentence: "INCONCLUSIVE: 1 of 1 gated figure is undecided after 0 starts; nothing can be said before 6",
      next: "another start",
      rules: rules(),
      starts: { sound: 0, unsound: [] },
      reasons: [],
      figures: [{ ...p50Of("read"), unit: "ms", better: "lower", gated: true, logRatios: [] }],
    });
  });

  it("names its unsound starts, and has no evidence of them", () => {
    const record = changeStarts(sampleComparison({ read: alternating(1.1, 0.005, 8) }), ({ index, instrument }) =>
      index === 1 && instrument !== undefined ? { instrument: { ...instrument, overflowSeries: 1 } } : {},
    );
    expect(decideAb(record, rules())).toMatchObject({
      kind: "REGRESSED",
      exitCode: 1,
      starts: { sound: 7, unsound: [{ index: 1, checks: ["overflow series"] }] },
    });
  });

  it("says how many more starts are needed where it is undecided, and only there", () => {
    const oneLook = rules({ mostStarts: 6 });
    const open = alternating(1, 0.04);
    const undecided = decideAb(sampleComparison({ read: open }), oneLook);
    expect(undecided.furtherStarts).toBe(10);
    expect(decideAb(sampleComparison({ read: alternating(1, 0.5) }), oneLook).furtherStarts).toBe("never");
    const regressed = decideAb(sampleComparison({ read: open, write: alternating(1.2, 0.005) }), oneLook);
    expect(regressed.figures.map(({ kind }) => kind)).toEqual(["INCONCLUSIVE", "REGRESSED"]);
    expect(regressed).not.toHaveProperty("furtherStarts");
  });
});
