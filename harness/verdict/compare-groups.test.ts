import { describe, expect, it } from "vitest";
import type { EndpointRecord } from "../collect/record.ts";
import type { StoredRun } from "./comparable.ts";
import { compareGroups, type GroupComparison } from "./compare-groups.ts";
import { detectableByOne, noiseOf } from "./noise.ts";
import { group } from "./sample-groups.ts";
import { seededRandom, standardNormal } from "./stats/random.ts";

const deciding = ({ rows }: GroupComparison) => rows.filter(({ decides }) => decides);
const kinds = (comparison: GroupComparison) => [...new Set(deciding(comparison).map(({ verdict }) => verdict))];

describe("two groups of runs", () => {
  it("are slower, with exit code 1, when every endpoint takes 15 % longer; swapped they are faster", () => {
    const [left, right] = [group("v1", 6, 1, 1), group("v2", 6, 1.15, 2)];
    const slower = compareGroups(left, right);
    expect(slower).toMatchObject({ verdict: "slower", exitCode: 1 });
    expect(kinds(slower)).toEqual(["slower"]);
    for (const { ratio, p = 1 } of deciding(slower)) {
      expect(ratio?.lower).toBeGreaterThan(1.05);
      expect(ratio?.upper).toBeLessThan(1.25);
      expect(p).toBeLessThanOrEqual(0.05);
    }
    expect(compareGroups(right, left)).toMatchObject({ verdict: "faster", exitCode: 0 });
  });

  it("are slower when one endpoint of many is, and the row says which", () => {
    const comparison = compareGroups(group("v1", 8, 1, 3), group("v2", 8, 1.3, 4, ["orders.list"]));
    expect(comparison.exitCode).toBe(1);
    const slow = deciding(comparison).filter(({ verdict }) => verdict === "slower");
    expect(slow.map(({ subject, statistic }) => `${statistic} of ${subject.name}`)).toEqual([
      "p50 of orders.list",
      "p95 of orders.list",
    ]);
  });

  it("are the same only where the interval lies inside the margin, and what was not found is inconclusive", () => {
    const many = compareGroups(group("v1", 10, 1, 5), group("v2", 10, 1, 6));
    expect(many).toMatchObject({ verdict: "same", exitCode: 0 });
    const few = compareGroups(group("v1", 3, 1, 9), group("v2", 3, 1, 10));
    expect(few).toMatchObject({ verdict: "inconclusive", exitCode: 2 });
    expect(deciding(few).every(({ detectable = 0 }) => detectable > 0.03)).toBe(true);
  });

  it("say how many runs are missing, instead of a verdict", () => {
    const comparison = compareGroups(group("v1", 2, 1, 7), group("v2", 1, 2, 8));
    expect(comparison).toMatchObject({ verdict: "inconclusive", exitCode: 2 });
    expect(comparison.sentence).toContain("it needs 1 more run on the left and 2 more runs on the right");
    expect(comparison.rows.every(({ ratio }) => ratio === undefined)).toBe(true);
  });

  it("are tested on ranks as soon as these can be significant for the whole family, and before on means", () => {
    const testsOf = (count: number) =>
      new Set(deciding(compareGroups(group("v1", count, 1, 9), group("v2", count, 1, 10))).map(({ test }) => test));
    expect(testsOf(3)).toEqual(new Set(["Welch"]));
    expect(testsOf(10)).toEqual(new Set(["Mann-Whitney"]));
  });

  it("show an interval without 1 exactly where the corrected p is significant", () => {
    const rows = [31, 33, 34].flatMap((seed) =>
      deciding(compareGroups(group("v1", 4, 1, seed), group("v2", 4, 1.02, seed + 100))),
    );
    const excludes = ({ lower, upper }: { lower: number; upper: number }) => lower > 1 || upper < 1;
    expect(rows.map(({ ratio }) => ratio !== undefined && excludes(ratio))).toEqual(rows.map(({ p = 1 }) => p <= 0.05));
  });

  it("do not depend on the order of their runs, nor on the unit", () => {
    const [left, right] = [group("v1", 5, 1, 11), group("v2", 5, 1.04, 12)];
    const ratios = (comparison: GroupComparison) => deciding(comparison).map(({ ratio }) => ratio?.value.toFixed(9));
    const mixed = { ...right, runs: [...right.runs].reverse() };
    expect(ratios(compareGroups(left, mixed))).toEqual(ratios(compareGroups(left, right)));
  });

  /** The same runs; in `some` of them one endpoint is changed. */
  function changed({ name, runs }: ReturnType<typeof group>, some: number, change: (of: EndpointRecord) => object) {
    const endpoint = "cart.read";
    return {
      endpoint,
      name,
      runs: runs.map(({ plan, record }, index): StoredRun => {
        if (index >= some) return { plan, record };
        const scenarios = record.scenarios.map((scenario) => ({
          ...scenario,
          endpoints: scenario.endpoints.map((one) => (one.endpoint === endpoint ? { ...one, ...change(one) } : one)),
        }));
        return { plan, record: { ...record, scenarios } };
      }),
    };
  }
  const ofEndpoint = (comparison: GroupComparison, name: string) =>
    deciding(comparison).filter(({ subject }) => subject.name === name);

  it("are not the same where some runs of one could not keep up: those are not left out", () => {
    const right = changed(group("v2", 10, 1, 6), 3, ({ requests }) => ({ dropped: requests }));
    const comparison = compareGroups(group("v1", 10, 1, 5), right);
    expect(comparison).toMatchObject({ verdict: "inconclusive", exitCode: 2 });
    expect(ofEndpoint(comparison, right.endpoint).map(({ because }) => because)).toEqual(
      ["p50", "p95"].map(() => "dropped iterations reach into it in 3 runs on the right"),
    );
  });

  it("are not the same, nor faster, where an endpoint fails: what fails fast is no speed", () => {
    const failing = changed(group("v2", 10, 0.7, 6), 10, ({ requests }) => ({ failed: requests / 10 }));
    const comparison = compareGroups(group("v1", 10, 1, 5), failing);
    expect(comparison).toMatchObject({ verdict: "inconclusive", exitCode: 2 });
    for (const { because } of ofEndpoint(comparison, failing.endpoint)) {
      expect(because).toMatch(/^of its requests 0\.0 % failed on the left and 10\.0 % on the right/);
    }
    const hardly = changed(group("v2", 10, 1, 6), 10, ({ requests }) => ({ failed: requests / 200 }));
    expect(compareGroups(group("v1", 10, 1, 5), hardly).verdict).toBe("same");
  });

  it("are not the same because all runs fell into two buckets beside each other", () => {
    // Both edges of a bucket are known, and no more; the sample's buckets are 2.2 % wide.
    const bucket =
      (offset: number) =>
      ({ histogram, latency }: EndpointRecord) => ({
        source: "histogram",
        histogram: { ...histogram, offset: (histogram?.offset ?? 0) + offset },
        latency,
      });
    const left = changed(group("v1", 5, 1, 5), 5, bucket(0));
    const same = ofEndpoint(compareGroups(left, changed(group("v2", 5, 1, 6), 5, bucket(0))), left.endpoint);
    expect(same.map(({ verdict }) => verdict)).toEqual(["same", "same"]);
    for (const { ratio } of same) expect((ratio?.upper ?? 0) / (ratio?.lower ?? 1)).toBeGreaterThan(1.02);
    const next = ofEndpoint(compareGroups(left, changed(group("v2", 5, 1, 6), 5, bucket(1))), left.endpoint);
    expect(next.map(({ verdict }) => verdict)).not.toContain("same");
  });

  it("leave out what was measured by an unsound instrument, and say so", () => {
    const left = group("v1", 5, 1, 13);
    const unsound = group("v2", 1, 1, 15).runs.map(({ plan, record }): StoredRun => {
      const scenarios = record.scenarios.map((one) => {
        return { ...one, instrument: { ...one.instrument, overflowSeries: 1 } };
      });
      return { plan, record: { ...record, scenarios } };
    });
    const comparison = compareGroups(left, { name: "v2", runs: [...group("v2", 5, 1, 14).runs, ...unsound] });
    expect(comparison.labels).toEqual([
      { code: "invalid", sentence: "1 scenario of a run was INVALID, and is left out" },
    ]);
    expect(Math.min(...deciding(comparison).map(({ right }) => right.runs))).toBe(5);
  });
});

describe("the noise between runs", () => {
  it("is that of neighbours: neither a drift nor a change of level counts", () => {
    const random = seededRandom(21);
    const history = (level: (run: number) => number) =>
      Array.from({ length: 400 }, (_, run) => level(run) * Math.exp(0.03 * standardNormal(random)));
    expect(noiseOf(history(() => 10))?.sd).toBeCloseTo(0.03, 2);
    expect(noiseOf(history((run) => (run < 200 ? 10 : 20)))?.sd).toBeCloseTo(0.03, 2);
    expect(noiseOf([1, 2, 3, 4])).toBeUndefined();
  });

  it("tells what one run against one run shows: (1.96 + 0.84) · √2 · sd where the noise is well known", () => {
    expect(Math.log1p(detectableByOne({ sd: 0.02, runs: 2000 }, 0.05))).toBeCloseTo(2.802 * Math.SQRT2 * 0.02, 3);
  });
});
