import { describe, expect, it } from "vitest";
import type { AbRecord } from "../../collect/ab-record.ts";
import { alternating, changeStarts, p50Of, sampleComparison } from "../sample-comparison.ts";
import type { AbRules, AbVerdictKind } from "./ab-verdict.ts";
import { type AaResult, calibrateAa } from "./calibration.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

const oneLook: AbRules = { ...DEFAULT_AB_RULES, minimumStarts: 6, mostStarts: 6 };

/** Twelve starts; `login` was measured in one of them, `idle` in none, and `search` does not decide. */
const all = sampleComparison(
  {
    read: alternating(1.02, 0.01, 12),
    write: [...Array(11).fill(1), 1.9],
    login: [1],
    search: alternating(1, 0.06, 12),
    idle: [],
  },
  { gated: ["read", "write", "login", "idle"].map(p50Of) },
);

/** The twelve starts as so many comparisons, each of which numbers its own from 0. */
function studyOf(record: AbRecord, kinds: readonly AbVerdictKind[], rules: AbRules = oneLook): AaResult[] {
  const each = record.starts.length / kinds.length;
  return kinds.map((kind, place) => ({
    seconds: 60,
    record: {
      ...record,
      starts: record.starts.slice(place * each, (place + 1) * each).map((start, index) => ({ ...start, index })),
    },
    rules,
    verdict: { kind, sentence: `${kind}: …` },
  }));
}

/** Every draw is the fourth of twelve starts: equal in all figures. */
const fourth = { count: 2, random: () => 0.3 };

describe("the figures of a calibration", () => {
  it("count what the comparisons said, and what others drawn from their starts would have said", () => {
    const kinds = ["REGRESSED", "IMPROVED", "EQUIVALENT", "INCONCLUSIVE", "INVALID", "INCONCLUSIVE"] as const;
    const twoFigures = { ...all, gated: ["read", "write"].map(p50Of) };
    // No start can follow what was measured; the draws go on all the same.
    const calibration = calibrateAa(studyOf(twoFigures, kinds, { ...oneLook, over: true }), fourth);
    // Clopper and Pearson's intervals, from the beta distribution of another library.
    expect(calibration?.scenario).toBe("crud");
    expect(calibration?.live).toEqual({
      counts: { REGRESSED: 1, IMPROVED: 1, EQUIVALENT: 1, INCONCLUSIVE: 2, INVALID: 1 },
      regressed: {
        count: 1,
        of: 6,
        share: 1 / 6,
        lower: expect.closeTo(0.004210744514, 9),
        upper: expect.closeTo(0.641234578998, 9),
      },
      inconclusive: {
        count: 2,
        of: 6,
        share: 2 / 6,
        lower: expect.closeTo(0.043271868293, 9),
        upper: expect.closeTo(0.777221904497, 9),
      },
    });
    const none = { count: 0, of: 2, share: 0, lower: 0, upper: expect.closeTo(1 - 0.025 ** (1 / 2), 9) };
    expect(calibration?.resampled).toEqual({
      counts: { REGRESSED: 0, IMPROVED: 0, EQUIVALENT: 2, INCONCLUSIVE: 0, INVALID: 0 },
      regressed: none,
      inconclusive: none,
    });
  });

  it("are the noise of each figure over all starts, and what it allows at the last look that was planned", () => {
    const calibration = calibrateAa(studyOf(all, ["EQUIVALENT", "EQUIVALENT"]), fourth);
    expect(calibration?.starts).toBe(12);
    expect(calibration?.noise).toEqual([
      {
        ...p50Of("read"),
        name: "p50 of latency of class read",
        gated: true,
        starts: 12,
        spread: expect.closeTo(0.01 * Math.sqrt(12 / 11), 12),
        outliers: 0,
        ratio: expect.closeTo(1.02, 12),
        startsNeeded: 3,
        margin: expect.closeTo(0.012461986, 8),
      },
      {
        ...p50Of("write"),
        name: "p50 of latency of class write",
        gated: true,
        starts: 12,
        spread: 0,
        outliers: 1,
        ratio: 1,
        startsNeeded: 2,
        margin: 0,
      },
      {
        ...p50Of("search"),
        name: "p50 of latency of class search",
        gated: false,
        starts: 12,
        spread: expect.closeTo(0.06 * Math.sqrt(12 / 11), 12),
        outliers: 0,
        ratio: expect.closeTo(1, 12),
        startsNeeded: 30,
        margin: expect.closeTo(0.077140505, 8),
      },
    ]);
  });

  it("say of no margin and of no number of starts where fewer were planned than the first look needs", () => {
    const [read] = calibrateAa(studyOf(all, ["INCONCLUSIVE"], { ...oneLook, mostStarts: 3 }), fourth)?.noise ?? [];
    expect(read).toMatchObject({ startsNeeded: undefined, margin: Number.NaN });
  });

  it("recommend limits of the instrument: twice the 95th percentile, rounded up, and 5 ms at least", () => {
    const record = changeStarts(all, ({ index, instrument }) =>
      instrument === undefined
        ? {}
        : {
            instrument: {
              ...instrument,
              canary: { count: 500, failed: 0, dropped: 0, p50: 0.4, p95: 1, p99: index + 1, max: 60 },
              ...(index < 6 ? { startLag: { count: 1400, p50: 0, p99: 2, max: 60 } } : {}),
            },
          },
    );
    const calibration = calibrateAa(studyOf(record, ["EQUIVALENT", "EQUIVALENT"]), fourth);
    expect(calibration?.canaryP99).toEqual({ p50: 6.5, p95: expect.closeTo(11.45, 9), max: 12, limit: 23 });
    expect(calibration?.startLagP99).toEqual({ p50: 2, p95: 2, max: 2, limit: 5 });
  });

  it("say nothing of what no start measured of the instrument", () => {
    const starts = all.starts.map(({ instrument, ...start }) => {
      if (start.index > 0 || instrument === undefined) return start;
      const { canary: _, ...withoutCanary } = instrument;
      return { ...start, instrument: withoutCanary };
    });
    const calibration = calibrateAa(studyOf({ ...all, starts }, ["INVALID"]), fourth);
    expect(calibration).toMatchObject({ starts: 0, noise: [] });
    expect(calibration).not.toHaveProperty("canaryP99");
    expect(calibration).not.toHaveProperty("startLagP99");
  });
});
