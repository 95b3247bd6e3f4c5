import { describe, expect, it } from "vitest";
import type { ScenarioRecord } from "../collect/record.ts";
import type { Budget } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";
import { judge } from "./judge.ts";
import {
  endpoint,
  histogramAt,
  latency,
  outOfMemory,
  plan,
  run,
  scenarioPlan,
  scenarioRecord,
  stream,
} from "./sample-browse.ts";

const P95 = budget("p95 of latency < 100 ms, max 200 ms");
const verdictOn = (record: ScenarioRecord, budgets: readonly Budget[] = [P95], ofScenario: readonly Budget[] = []) =>
  judge(plan(scenarioPlan(budgets, ofScenario)), run(record));
const withLatency = (value: number, count?: number) =>
  scenarioRecord({ endpoints: [endpoint({ latency: latency(value, count) })] });

describe("a budget with target and max", () => {
  it.each([
    [99.9, "PASS", 0],
    [100, "WARN", 0],
    [199.9, "WARN", 0],
    [200, "FAIL", 1],
    [Number.NaN, "FAIL", 1],
  ])("at %d ms is %s, exit code %d", (value, kind, exitCode) => {
    const verdict = verdictOn(withLatency(value));
    expect(verdict.scenarios[0]?.budgets[0]?.kind).toBe(kind);
    expect(verdict.exitCode).toBe(exitCode);
  });

  it("names endpoint, figure, limit and requirement in the sentence", () => {
    expect(verdictOn(withLatency(412)).sentence).toBe(
      "FAIL: browse: p95 of cart.read is 412 ms, over its max of 200 ms (A-1)",
    );
  });

  it.each([
    ["p95 of latency < 100 ms", 71, "INCONCLUSIVE"],
    ["p95 of latency < 100 ms", 72, "PASS"],
    ["p99 of latency < 100 ms", 367, "INCONCLUSIVE"],
    ["p99 of latency < 100 ms", 368, "PASS"],
  ])("%s on %d samples is %s", (text, count, kind) => {
    expect(verdictOn(withLatency(50, count), [budget(text)]).kind).toBe(kind);
  });

  it("is not judged on lesser hardware than it was declared for, and fails nothing there", () => {
    const bound = { ...P95, boundTo: { name: "production", cpus: 16, memoryGiB: 32 } };
    const verdict = verdictOn(withLatency(500), [bound]);
    expect(verdict.kind).toBe("PASS");
    expect(verdict.scenarios[0]?.budgets[0]).toMatchObject({ kind: "NOT_COMPARABLE", measured: { value: 500 } });
  });
});

describe("a service that the kernel ended at its memory limit", () => {
  it("is a FAIL with exit code 1, though k6 was stopped and nothing else can be judged", () => {
    const stopped = scenarioRecord({
      endpoints: [],
      outcome: { ...scenarioRecord().outcome, exit: { kind: "aborted", how: "stopped by proofload" } },
    });
    const verdict = judge(plan(scenarioPlan([P95])), { ...run(stopped), outOfMemory });
    expect(verdict).toMatchObject({ kind: "FAIL", exitCode: 1 });
    expect(verdict.sentence).toBe("FAIL: browse: out of memory: the service went past 64 MiB under load");
    expect(verdict.scenarios[0]?.validity.every(({ ok }) => ok)).toBe(true);
  });

  it("is a FAIL, too, when it happened before the first scenario", () => {
    const { scenario: _, ...early } = outOfMemory;
    const nothing = { ...run(scenarioRecord()), scenarios: [], outOfMemory: { ...early, during: "start" } } as const;
    expect(judge(plan(scenarioPlan([P95])), nothing)).toMatchObject({ kind: "FAIL", exitCode: 1 });
  });
});

describe("strangers on the machine", () => {
  // Ten points a second over 2 s of warm-up and 10 s of measurement.
  const taking = (cores: (second: number) => number) =>
    scenarioRecord({
      resources: [
        {
          part: "machine",
          metric: "foreign_cpu",
          points: Array.from({ length: 120 }, (_, index) => [index / 10, cores(index / 10)] as const),
        },
      ],
    });
  const from5s = (seconds: number) => taking((second) => (second >= 5 && second < 5 + seconds ? 1.8 : 0));
  const reasons = (record: ScenarioRecord) => verdictOn(record).scenarios[0]?.reasons.map(({ kind }) => kind);

  it("make the run INVALID when they took more than half of it for more than 5 % of the measured time", () => {
    expect(reasons(from5s(0.5))).toEqual(["WARNING"]);
    const verdict = verdictOn(from5s(0.6));
    expect(verdict).toMatchObject({ kind: "INVALID", exitCode: 3 });
    expect(verdict.sentence).toContain("INVALID(noisy host)");
    expect(verdict.sentence).toContain("more than half of the machine for 6 % of the time");
  });

  it("are named when they took it for more than 1 %", () => {
    expect(reasons(from5s(0.1))).toEqual([]);
    expect(verdictOn(from5s(0.2)).scenarios[0]?.reasons[0]?.sentence).toContain("for 2.0 % of the time");
  });

  it("do not matter in the warm-up, below half, or where the service itself is one", () => {
    expect(reasons(taking((second) => (second < 2 ? 1.8 : 0)))).toEqual([]);
    expect(reasons(taking(() => 0.9))).toEqual([]);
    const record = taking(() => 1.8);
    expect(reasons({ ...record, environment: { ...record.environment, kind: "url" } })).toEqual([]);
  });
});

describe("dropped iterations", () => {
  const dropped = (drops: number, count = 1000) =>
    scenarioRecord({
      endpoints: [endpoint({ dropped: drops, latency: latency(50, count), histogram: histogramAt(50, count) })],
      iterations: [stream(count, drops)],
    });

  it("beyond a percentile make it fail, whatever the answered requests took", () => {
    const verdict = verdictOn(dropped(60));
    expect(verdict.kind).toBe("FAIL");
    expect(verdict.scenarios[0]?.budgets[0]?.measured).toEqual({ lower: Infinity, upper: Infinity });
  });

  it("inside the error budget may pass, and the run says how many there were", () => {
    const verdict = verdictOn(dropped(5), [P95], [budget("error_rate < 1 %", { source: "A-2" })]);
    expect(verdict.kind).toBe("PASS");
    expect(verdict.scenarios[0]?.reasons.map((reason) => reason.sentence).join()).toContain(
      "could not take 5 iterations",
    );
  });

  it("count as failed requests in the error rate", () => {
    const verdict = verdictOn(dropped(20), [], [budget("error_rate < 1 %", { source: "A-2" })]);
    expect(verdict.kind).toBe("FAIL");
    expect(verdict.scenarios[0]?.budgets[0]?.measured).toEqual({ value: 20 / 1020 });
  });

  it("never make the run invalid while k6 had the VUs that the rate needs", () => {
    expect(verdictOn(dropped(900)).kind).toBe("FAIL");
  });

  it("make it invalid when the plan gave k6 too few VUs", () => {
    const record = dropped(900);
    const verdict = verdictOn({ ...record, iterations: record.iterations.map((one) => ({ ...one, vus: 20 })) });
    expect(verdict).toMatchObject({ kind: "INVALID", exitCode: 3 });
    expect(verdict.sentence).toContain("INVALID(too few VUs)");
  });
});

describe("a percentile that is known from a histogram only", () => {
  const around = (value: number) =>
    scenarioRecord({
      endpoints: [
        endpoint({
          source: "histogram",
          latency: latency(value),
          histogram: { ...histogramAt(value, 1000), min: value / 2, max: value * 2 },
        }),
      ],
    });
  it.each([
    [150, "PASS"],
    [200, "INCONCLUSIVE"],
    [260, "FAIL"],
  ])("around %d ms against a limit of 200 ms is %s: the whole bucket has to lie on one side", (value, kind) => {
    expect(verdictOn(around(value), [budget("p95 of latency < 200 ms")]).kind).toBe(kind);
  });
});

describe("a run is INVALID, exit code 3, even where budgets are missed", () => {
  const slow = withLatency(5000);
  const generator = slow.instrument.generator;
  it.each<[string, string, Partial<ScenarioRecord>]>([
    [
      "the canary was slow",
      "generator",
      {
        instrument: {
          ...slow.instrument,
          canary: { count: 500, failed: 0, dropped: 0, p50: 1, p95: 9, p99: 25.1, max: 60 },
        },
      },
    ],
    [
      "the canary failed",
      "generator",
      {
        instrument: {
          ...slow.instrument,
          canary: { count: 500, failed: 1, dropped: 0, p50: 1, p95: 2, p99: 3, max: 6 },
        },
      },
    ],
    [
      "iterations started late",
      "generator",
      { instrument: { ...slow.instrument, startLag: { count: 900, p50: 0, p99: 26, max: 90 } } },
    ],
    [
      "k6 was throttled",
      "generator",
      { instrument: { ...slow.instrument, generator: { ...generator, periods: 100, throttledPeriods: 2 } } },
    ],
    [
      "k6 used all CPU that it may",
      "generator",
      { instrument: { ...slow.instrument, generator: { ...generator, cpuSeconds: 11, allowedCores: 1 } } },
    ],
    [
      "the books do not close",
      "books do not close",
      { books: { lines: [{ metric: "http_reqs", k6: 1000, log: 999 }], damaged: 0, refused: 0 } },
    ],
    ["there are no books", "books do not close", { books: { lines: [], damaged: 0, refused: 0 } }],
    ["the raw log is damaged", "raw log damaged", { books: { ...slow.books, damaged: 1 } }],
    [
      "the service counted fewer requests",
      "books do not close",
      { books: { ...slow.books, service: [{ endpoint: "cart.read", status: "200", k6: 1000, service: 998 }] } },
    ],
    ["series were folded together", "overflow series", { instrument: { ...slow.instrument, overflowSeries: 1 } }],
    ["no request was made", "nothing measured", { endpoints: [] }],
    ["a planned endpoint was never asked", "nothing measured", { endpoints: [endpoint({ endpoint: "other" })] }],
    [
      "the service ran with an inspector",
      "not a production build",
      { instrument: { ...slow.instrument, serviceMode: ["inspector open"] } },
    ],
    [
      "the script threw",
      "script error",
      { outcome: { ...slow.outcome, exit: { kind: "script-error", message: "x" } } },
    ],
  ])("when %s", (_, code, change) => {
    const verdict = verdictOn({ ...slow, ...change });
    expect(verdict).toMatchObject({ kind: "INVALID", exitCode: 3 });
    expect(verdict.sentence).toContain(`INVALID(${code})`);
  });

  it("when there is no canary at all", () => {
    const { canary: _, ...instrument } = slow.instrument;
    expect(verdictOn({ ...slow, instrument }).kind).toBe("INVALID");
  });

  it("when a planned scenario is missing from the record", () => {
    expect(judge(plan(scenarioPlan([P95])), { ...run(slow), scenarios: [] }).exitCode).toBe(3);
  });
});

describe("a busy neighbour on k6's cores", () => {
  const busy = (foreignShare: number, waitSeconds: number, kind: "embedded" | "url" = "embedded") => {
    const record = scenarioRecord();
    const generator = { ...record.instrument.generator, foreignShare, waitSeconds };
    return verdictOn({
      ...record,
      environment: { ...record.environment, kind },
      instrument: { ...record.instrument, generator },
    });
  };

  it("makes the run invalid while k6 has to wait for a core", () => {
    expect(busy(0.7, 2.5).sentence).toContain("INVALID(generator): browse: other programs took 70 %");
  });

  it("is none where k6 waits because the service is busy", () => {
    expect(busy(0.02, 2.9).kind).toBe("PASS");
  });

  it("does not matter while k6 does not wait", () => {
    expect(busy(0.7, 0.3).kind).toBe("PASS");
  });

  it("is not guessed at where the service itself is somebody else's process", () => {
    expect(busy(0.7, 2.5, "url").kind).toBe("PASS");
  });
});

describe("the service's books", () => {
  it("close when answers came that k6 no longer waited for", () => {
    const books = {
      ...scenarioRecord().books,
      service: [
        { endpoint: "cart.read", status: "200", k6: 990, service: 993 },
        { endpoint: "cart.read", status: "0", k6: 10, service: 0 },
      ],
    };
    expect(verdictOn(scenarioRecord({ books })).kind).toBe("PASS");
  });
});

describe("a start that is slower than the rest", () => {
  const series = (start: number) =>
    Array.from({ length: 16 }, (_, second) => ({
      endpoint: "cart.read",
      phase: "measured" as const,
      second,
      requests: 60,
      failed: 0,
      p50: second < 4 ? start : 10,
    }));

  it("makes the run inconclusive: the warm-up was too short", () => {
    expect(verdictOn(scenarioRecord({ series: series(45) })).sentence).toMatch(/^INCONCLUSIVE: .*slower at the start/);
  });

  it("is nothing to worry about where it is far inside the budget", () => {
    expect(verdictOn(scenarioRecord({ series: series(25) })).kind).toBe("PASS");
  });
});

describe("requirements", () => {
  it("are met, missed, or not measured with the reason", () => {
    expect(verdictOn(withLatency(50)).requirements.map(({ id, state, evidence }) => [id, state, evidence])).toEqual([
      ["A-1", "met", "p95 of latency of cart.read: 50 ms"],
      ["A-2", "not measured", "needs a browser"],
    ]);
    expect(verdictOn(withLatency(500)).requirements[0]?.state).toBe("missed");
  });

  it("are not called met by an invalid run", () => {
    const record = withLatency(50);
    const invalid = { ...record, instrument: { ...record.instrument, overflowSeries: 1 } };
    expect(verdictOn(invalid).requirements[0]?.state).toBe("inconclusive");
  });
});
