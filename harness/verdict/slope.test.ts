import { describe, expect, it } from "vitest";
import type { ScenarioRecord } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { Budget } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";
import { judgeFigure } from "./budgets.ts";
import { budgetReason } from "./reasons.ts";
import { sampleScenario } from "./sample-scenario.ts";
import { slopeFigure } from "./slope.ts";

const MB = 1024 ** 2;

/** A soak after a warm-up of 20 s, the service's memory in MB given for each second of the measured phase. */
function soak(measuredSeconds: number, memory: (second: number) => number, more: Partial<ScenarioRecord> = {}) {
  const from = 20;
  const seconds = Array.from({ length: measuredSeconds }, (_, index) => index);
  return sampleScenario({
    measuredSeconds,
    series: seconds.map((second) => {
      return { endpoint: "a", phase: "measured" as const, second: from + second, requests: 200, failed: 0 };
    }),
    resources: [
      {
        part: "service",
        metric: "rss",
        // Twice a second, from before the load on.
        points: Array.from({ length: 2 * (from + measuredSeconds) }, (_, index) => {
          const at = index / 2;
          return [at, memory(at - from) * MB] as const;
        }),
      },
      ...(more.resources ?? []),
    ],
  });
}

/** Noise without a generator: collections of garbage every 9 s, 12 MB each. */
const breathing = (second: number) => 12 * ((((second % 9) + 9) % 9) / 9);

function judged(limit: string, record: ScenarioRecord, others: readonly Budget[] = []) {
  const subject = { kind: "scenario", name: "soak" } as const;
  const figure = slopeFigure(budget(limit), record, others);
  const ground = { machine: sampleFingerprint().machine, layout: undefined };
  const verdict = judgeFigure(subject, budget(limit), figure, ground);
  return { ...verdict, sentence: budgetReason(verdict, "")[0]?.sentence };
}

describe("a limit on growth", () => {
  it("is missed by a leak, with the time until the memory is full", () => {
    // 200 requests a second, 1 KiB each: 703 MB an hour.
    const leaking = soak(180, (second) => 150 + breathing(second) + (200 / 1024) * second);
    const verdict = judged("slope of service_rss < 64 MB/h", leaking, [budget("max of service_rss < 512 MB")]);
    expect(verdict.kind).toBe("FAIL");
    expect(verdict.sentence).toMatch(
      /^slope of service_rss of soak is between \d+ MB\/h and \d+ MB\/h, over its max of 64 MB\/h \(A-1\): at this pace it reaches its budget of 512 MB in [\d.]+ min$/,
    );
    const { lower = 0, upper = 0 } = verdict.measured as { lower: number; upper: number };
    expect(lower / MB).toBeLessThan(703);
    expect(upper / MB).toBeGreaterThan(703);
  });

  it("is kept by a service that breathes, over a soak that is long enough", () => {
    expect(
      judged(
        "slope of service_rss < 64 MB/h",
        soak(1800, (second) => 150 + breathing(second)),
      ).kind,
    ).toBe("PASS");
  });

  it("is undecided where the interval holds it, and says how long a soak would tell", () => {
    const verdict = judged(
      "slope of service_rss < 64 MB/h",
      soak(100, (second) => 150 + breathing(second)),
    );
    expect(verdict.kind).toBe("INCONCLUSIVE");
    expect(verdict.because).toMatch(
      /^the limit lies inside the interval: a soak of about [\d.]+ (s|min|h) would tell$/,
    );
  });

  it("does not take a cache that fills up for a leak", () => {
    // Full after three minutes: it still grows by a third in the last two thirds of the time.
    const filling = soak(600, (second) => 150 + breathing(second) + 200 * (1 - Math.exp(-Math.max(0, second) / 120)));
    const verdict = judged("slope of service_rss < 64 MB/h", filling);
    expect(verdict.kind).not.toBe("FAIL");
    const leaking = soak(600, (second) => 150 + breathing(second) + second / 3);
    expect(judged("slope of service_rss < 64 MB/h", leaking).kind).toBe("FAIL");
  });

  it("on a count is open until one piece more over the judged part would be within it", () => {
    // One connection in half an hour is less than 10/h; three minutes without a new one could be 30/h.
    const counting = (seconds: number, connections: (second: number) => number) =>
      sampleScenario({
        measuredSeconds: seconds,
        series: soak(seconds, () => 0).series,
        resources: [
          {
            part: "service",
            metric: "db_connections",
            points: Array.from({ length: seconds }, (_, second) => [20 + second, connections(second)] as const),
          },
        ],
      });
    const short = judged(
      "slope of db_connections < 10/h",
      counting(180, () => 5),
    );
    expect(short.kind).toBe("INCONCLUSIVE");
    expect(short.because).toMatch(/^the limit lies inside the interval: a soak of about [\d.]+ min would tell$/);
    expect(
      judged(
        "slope of db_connections < 10/h",
        counting(1800, () => 5),
      ).kind,
    ).toBe("PASS");
    const leaking = (second: number) => 5 + Math.floor(second / 60);
    expect(judged("slope of db_connections < 10/h", counting(600, leaking)).kind).toBe("FAIL");
  });

  it("does not count the warm-up", () => {
    const grown = soak(1800, (second) => (second < 0 ? 100 + 5 * (second + 20) : 200 + breathing(second)));
    expect(judged("slope of service_rss < 64 MB/h", grown).kind).toBe("PASS");
  });

  it("is not judged where nobody saw the end: what was flat at first may grow later", () => {
    const whole = soak(1800, () => 150);
    const resources = whole.resources.map((one) => ({
      ...one,
      points: one.points.filter(([second]) => second < 1200),
    }));
    const verdict = judged("slope of service_rss < 64 MB/h", { ...whole, resources });
    expect(verdict).toMatchObject({ kind: "INCONCLUSIVE", measured: undefined });
    expect(verdict.because).toMatch(/^service_rss was measured for the first 19\.7 min of 30 min alone$/);
  });

  it.each([
    ["too short", soak(60, () => 150), /^60 s are too short for a slope: it needs 90 s at least/],
    ["without a figure", sampleScenario({ measuredSeconds: 600 }), /was not measured in this environment/],
  ])("is not judged where the soak is %s", (_, record, because) => {
    const verdict = judged("slope of service_rss < 64 MB/h", record);
    expect(verdict).toMatchObject({ kind: "INCONCLUSIVE", measured: undefined });
    expect(verdict.because).toMatch(because);
  });
});
