import { describe, expect, it } from "vitest";
import type { AbRecord } from "../../collect/ab-record.ts";
import { type SampleAb, sampleAb } from "../../report/sample-ab.ts";
import { median } from "../stats/moments.ts";
import { seededRandom } from "../stats/random.ts";
import type { AbRules, AbVerdict } from "./ab-verdict.ts";
import { decideAb } from "./decide-ab.ts";
import { resampleVerdicts } from "./resample.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

const rules = (changed: Partial<AbRules> = {}): AbRules => ({ ...DEFAULT_AB_RULES, ...changed });

const decide = (options: SampleAb, changed: Partial<AbRules> = {}) =>
  decideAb(sampleAb(options), rules({ mostStarts: 10, ...changed }));

/** As the drive does it: after every start, until it says stop. */
function driven(record: AbRecord, withRules: AbRules): AbVerdict {
  for (let starts = 1; ; starts += 1) {
    const verdict = decideAb({ ...record, starts: record.starts.slice(0, starts) }, withRules);
    if (verdict.next === "stop" || starts === record.starts.length) return verdict;
  }
}

describe("error rates of the decision", () => {
  const share = (count: number, of: (seed: number) => AbVerdict, kind: AbVerdict["kind"]) =>
    Array.from({ length: count }, (_, seed) => of(seed + 1)).filter((verdict) => verdict.kind === kind).length / count;
  const comparison = (options: Omit<SampleAb, "starts">, most: number) => (seed: number) =>
    driven(sampleAb({ ...options, starts: most, seed }), rules({ mostStarts: most }));

  it("calls fewer than 2 of 100 equal pairs a regression, with ordinary noise, slow starts, and the noise of blocks", () => {
    expect(share(400, comparison({}, 10), "REGRESSED")).toBeLessThan(0.02);
    expect(share(400, comparison({ slowStarts: 0.05 }, 10), "REGRESSED")).toBeLessThan(0.02);
    expect(share(400, comparison({ noise: 0.04 }, 10), "REGRESSED")).toBeLessThan(0.02);
  });

  it("finds 10 % in 10 starts and 5 % in 16, with slow starts among them", () => {
    expect(share(100, comparison({ slower: { read: 1.1 }, slowStarts: 0.05 }, 10), "REGRESSED")).toBeGreaterThan(0.9);
    expect(share(100, comparison({ slower: { read: 1.05 }, slowStarts: 0.05 }, 16), "REGRESSED")).toBeGreaterThan(0.9);
  });

  it("calls a class EQUIVALENT that is slower by the margin in at most 5 of 100 comparisons", () => {
    expect(share(400, comparison({ slower: { read: 1.03 } }, 10), "EQUIVALENT")).toBeLessThanOrEqual(0.05);
  });
});

describe("the number of further starts", () => {
  it("foretells so many further starts that most comparisons with them are decided, and fewer with a third of them", () => {
    const foretold = Array.from({ length: 20 }, (_, seed) => decide({ starts: 10, noise: 0.025, seed }).furtherStarts);
    const further = median(foretold.filter((one) => typeof one === "number"));
    const decided = (starts: number) =>
      Array.from({ length: 40 }, (_, seed) =>
        decide({ starts, noise: 0.025, seed: 100 + seed }, { minimumStarts: starts, mostStarts: starts }),
      ).filter(({ kind }) => kind !== "INCONCLUSIVE").length;
    expect(decided(10 + Math.round(further))).toBeGreaterThan(20);
    expect(decided(10 + Math.round(further / 3))).toBeLessThan(decided(10 + Math.round(further)));
  });
});

describe("verdicts drawn from measured starts", () => {
  const draw = (count: number) => ({ count, random: seededRandom(7) });
  it("are REGRESSED every time where head really is 10 % slower, and hardly ever where it is equal", () => {
    const slower = sampleAb({ starts: 60, slower: { write: 1.1 } });
    expect(resampleVerdicts(slower, rules({ mostStarts: 10 }), draw(100)).REGRESSED).toBe(100);
    const equal = sampleAb({ starts: 60 });
    expect(resampleVerdicts(equal, rules({ mostStarts: 10 }), draw(300)).REGRESSED).toBeLessThan(6);
  });
});
