import { describe, expect, it } from "vitest";
import { ProofloadError } from "../errors.ts";
import { parseBudget } from "./budget.ts";
import { coverageRows } from "./coverage.ts";
import type { Configuration, MicroDefinition, TargetDefinition } from "./definition.ts";
import { readConfiguration } from "./read-configuration.ts";
import { readMicroPlan } from "./read-micro-plan.ts";
import { sampleService } from "./sample-service.ts";

const micro = (budgets: readonly string[], more: Partial<MicroDefinition> = {}): MicroDefinition => ({
  title: "A benchmark",
  script: "micro/a.bench.ts",
  budgets: budgets.map((limit) => ({ limit, source: "A-1" })),
  ...more,
});
const configuration = (subjects: Readonly<Record<string, MicroDefinition>>): Configuration => ({
  targets: [
    {
      name: "shop",
      title: "Shop",
      specification: "shop.md",
      service: sampleService,
      profile: { name: "small", cpus: 2, memoryGiB: 4 },
      data: { seed: 1 },
      classes: {},
      endpoints: {},
      scenarios: {},
      micro: subjects,
      requirements: [{ id: "A-1", promise: "it is quick", measuredBy: "micro" }],
    } satisfies TargetDefinition,
  ],
  suites: {},
});
const plan = (subjects: Readonly<Record<string, MicroDefinition>>, patterns: readonly string[] = [], quick = false) =>
  readMicroPlan(configuration(subjects), {
    patterns,
    quick,
    runId: "r1",
    createdAt: "2026-01-01T00:00:00Z",
    resolvePath: (path) => `/here/${path}`,
  });
const problemsOf = (action: () => unknown): string[] => {
  try {
    action();
  } catch (error) {
    return error instanceof ProofloadError
      ? error.problems.map(({ where, what, instead }) => `${where}: ${what} → ${instead}`)
      : [String(error)];
  }
  return [];
};
const line = (limit: string) => parseBudget({ limit, source: "A-1" });

describe("a budget of a micro-benchmark", () => {
  it.each([
    ["p99 of time in hit < 1 ms", { metric: "time", statistic: "p99", bench: "hit", max: 1e6, unit: "ns" }],
    ["time in bytes/64 < 5 us, max 0.1 ms", { statistic: "mean", bench: "bytes/64", target: 5000, max: 1e5 }],
    ["ratio of bytes in a to b <= 0.9", { statistic: "ratio", bench: "a", against: "b", max: 0.9, unit: "count" }],
    ["ratio of throughput in a to b >= 30", { statistic: "ratio", direction: ">", inclusive: true, max: 30 }],
    ["exponent of time <= 1.1", { metric: "time", statistic: "exponent", max: 1.1, unit: "count" }],
    ["bytes in off <= 0 B", { metric: "bytes", statistic: "mean", inclusive: true, max: 0, unit: "bytes" }],
    ["peak_rss < 500 MB", { metric: "peak_rss", statistic: "value", max: 500 * 1024 ** 2 }],
  ])("reads %s", (text, expected) => {
    expect(line(text)).toMatchObject({ ok: true, value: expected });
  });

  it.each([
    ["ratio of bytes in a <= 0.9", /needs two benches/, /in a to another/],
    ["mean of time in a to b < 1 ms", /two benches need a ratio/, /ratio of time in a to b/],
    ["exponent of time in a <= 1.1", /over all sizes/, /"exponent of time/],
    ["p99 of time < 1 ms", /in each bench by itself/, /time in <bench>/],
    ["p95 of latency in a < 1 ms", /no figure of a micro-benchmark/, /"latency" alone/],
    ["p99 of bytes in a < 1 KB", /"p99" is not a statistic of bytes/, /"ratio"/],
    ["ratio of bytes in a to b <= 3 KB", /not a quantity/, /3/],
  ])("refuses %s, and says what to write", (text, what, instead) => {
    expect(line(text)).toMatchObject({
      ok: false,
      what: expect.stringMatching(what),
      instead: expect.stringMatching(instead),
    });
  });
});

describe("a plan of micro-benchmarks", () => {
  const subjects = { jwt: micro(["mean of time in issue < 1 ms"]), "jwt-verify": micro([]), keys: micro([]) };
  const names = (...patterns: string[]) => plan(subjects, patterns).micro?.map((subject) => subject.name);

  it("takes all, or one by its name, or all whose name holds the word", () => {
    expect(names()).toEqual(["jwt", "jwt-verify", "keys"]);
    expect(names("jwt")).toEqual(["jwt"]);
    expect(names("jw", "keys")).toEqual(["jwt", "jwt-verify", "keys"]);
  });

  it("suggests the nearest name for one that is not there", () => {
    expect(problemsOf(() => names("kyes"))).toEqual([
      'command line: there is no micro-benchmark named "kyes" → "keys"? There are: jwt, jwt-verify, keys',
    ]);
  });

  it("pins the flags, adds the definition's own, and is shorter when quick", () => {
    const subject = { keys: micro([], { nodeFlags: ["--max-old-space-size=6144"] }) };
    const [full] = plan(subject).micro ?? [];
    const [quick] = plan(subject, [], true).micro ?? [];
    expect(full?.nodeFlags).toEqual([
      "--expose-gc",
      "--min-semi-space-size=64",
      "--max-semi-space-size=64",
      "--max-old-space-size=6144",
    ]);
    expect(full?.script).toBe("/here/micro/a.bench.ts");
    expect((quick?.timing.rounds ?? 0) * (quick?.timing.roundMs ?? 0)).toBeLessThan(
      ((full?.timing.rounds ?? 0) * (full?.timing.roundMs ?? 0)) / 4,
    );
  });

  it("reports every problem at once", () => {
    const problems = problemsOf(() =>
      plan({ a: micro(["p95 of latency < 1 ms", "exponent of time <= 1.1", "tiem in x < 1 ms"]) }),
    );
    expect(problems).toHaveLength(3);
    expect(problems[0]).toContain('micro-benchmark "a": budgets (A-1): latency is measured once per scenario');
    expect(problems.join()).toContain("an exponent needs sizes");
    expect(problems.join()).toContain('there is no metric "tiem"');
  });

  it("says how to write one where there is none", () => {
    expect(problemsOf(() => plan({}))[0]).toContain("no target of this configuration has micro-benchmarks");
  });

  it("counts its budgets as coverage", () => {
    expect(coverageRows(configuration(subjects))).toMatchObject([
      { id: "A-1", status: "judged", budgets: ["mean of time in issue < 1 ms"] },
    ]);
  });

  it("refuses a sweep of two sizes, which has no interval", () => {
    const two = configuration({ a: micro([], { sweep: { name: "facts", sizes: [1, 2] } }) });
    expect(problemsOf(() => readConfiguration(two, "c.ts"))[0]).toContain("three sizes at least");
  });
});
