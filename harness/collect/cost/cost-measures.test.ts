import { describe, expect, it } from "vitest";
import { costMeasures } from "./cost-measures.ts";
import type { CountedRequest, Span } from "./costs.ts";
import { spanOf } from "./span.ts";

const LIST = { id: "1", query: "SELECT * FROM projects" };
const COUNT = { id: "2", query: "SELECT count(*) FROM specs WHERE project_id = $1" };
const AUDIT = { id: "3", query: "INSERT INTO audit_log" };

type Ran = readonly (readonly [typeof LIST, number, number?])[];

const request = (ran: Ran, more: Partial<CountedRequest> = {}): CountedRequest => ({
  endpoint: "projects.list",
  status: 200,
  ok: true,
  seconds: 0.01,
  statements: ran.map(([statement, calls, rows = calls]) => ({ ...statement, calls, rows })),
  commands: {},
  ...more,
});
const idleWith = (...ran: Ran): Span => ({
  seconds: 1,
  cpuNs: 10_000_000,
  statements: ran.map(([statement, calls]) => ({ ...statement, calls, rows: calls })),
});
const rounds = (requests: readonly CountedRequest[], idle: readonly Span[] = []) =>
  costMeasures({ idle, requests }, requests.length / 2);
const statements = (...given: Parameters<typeof rounds>) =>
  rounds(...given).find(({ metric }) => metric === "sql_statements");

describe("what a request costs", () => {
  it("is a whole number where every request takes the same, and names what it is made of", () => {
    const requests = Array.from({ length: 24 }, () =>
      request([
        [LIST, 1, 9],
        [COUNT, 9],
      ]),
    );
    expect(statements(requests)).toEqual({
      metric: "sql_statements",
      statistic: "mean",
      endpoint: "projects.list",
      count: 24,
      value: 10,
      evidence: `9 × ${COUNT.query}; 1 × ${LIST.query}`,
    });
    expect(rounds(requests).find(({ metric }) => metric === "sql_rows")?.value).toBe(18);
  });

  it("is the same fraction in both rounds where every third request takes one more", () => {
    const requests = Array.from({ length: 24 }, (_, at) => request([[LIST, at % 3 === 0 ? 2 : 1]]));
    expect(statements(requests)).toMatchObject({ value: 1.333333333 });
    expect(statements(requests)).not.toHaveProperty("range");
  });

  it("has a range, and names the statement, where the rounds differ by a single call", () => {
    const requests = Array.from({ length: 24 }, (_, at) =>
      request(
        at === 20
          ? [
              [LIST, 1],
              [COUNT, 1],
            ]
          : [[LIST, 1]],
      ),
    );
    const measure = statements(requests);
    expect(measure?.range).toEqual({ lower: 1, upper: 1.083333333 });
    expect(measure?.evidence).toMatch(/^0 or 0\.0833 × SELECT count/);
  });

  it("is not raised by a batch that meets some requests, and also ran while nobody asked", () => {
    const requests = Array.from({ length: 24 }, (_, at) =>
      request(
        at % 5 === 0
          ? [
              [LIST, 1],
              [AUDIT, 1],
            ]
          : [[LIST, 1]],
      ),
    );
    expect(statements(requests, [idleWith(), idleWith([AUDIT, 1])])).toMatchObject({
      value: 1,
      evidence: `1 × ${LIST.query}`,
    });
    // The same calls, and nothing to say that they are not the requests' own.
    expect(statements(requests, [idleWith()])?.value).toBeGreaterThan(1.2);
  });

  it("counts a statement of every request even where it once ran while nobody asked", () => {
    const requests = Array.from({ length: 24 }, () =>
      request([
        [LIST, 1],
        [AUDIT, 1],
      ]),
    );
    expect(statements(requests, [idleWith([AUDIT, 1])])?.value).toBe(2);
  });

  it("leaves out what a failed answer took", () => {
    const failed = request([[COUNT, 50]], { ok: false, status: 500 });
    const requests = [...Array.from({ length: 24 }, () => request([[LIST, 1]])), failed];
    expect(costMeasures({ idle: [], requests }, 12).find(({ metric }) => metric === "sql_statements")).toMatchObject({
      value: 1,
      count: 24,
    });
  });

  it("takes the CPU off that the service uses while nobody asks", () => {
    const requests = Array.from({ length: 24 }, () => request([], { cpuNs: 1_100_000, seconds: 0.01 }));
    const cpu = rounds(requests, [idleWith()]).find(({ metric }) => metric === "cpu_time");
    expect(cpu?.value).toBeCloseTo(1_000_000, 3);
  });

  it("leaves open what chance makes of CPU time, though both rounds came to nearly the same", () => {
    const requests = Array.from({ length: 24 }, (_, at) => request([], { cpuNs: at % 2 === 0 ? 500_000 : 1_500_000 }));
    const cpu = rounds(requests).find(({ metric }) => metric === "cpu_time");
    expect(cpu?.value).toBe(1_000_000);
    // Standard deviation 0.51 ms, of 24: ± 2 × 0.104 ms.
    expect(cpu?.range?.lower).toBeCloseTo(791_486, -1);
    expect(cpu?.range?.upper).toBeCloseTo(1_208_514, -1);
  });

  it("knows CPU time only as far as the idle seconds agree", () => {
    const requests = Array.from({ length: 24 }, () => request([], { cpuNs: 1_100_000, seconds: 0.01 }));
    const cpu = rounds(requests, [idleWith(), { ...idleWith(), cpuNs: 30_000_000 }]).find(
      ({ metric }) => metric === "cpu_time",
    );
    expect(cpu).toMatchObject({ value: 900_000, range: { lower: 800_000, upper: 1_000_000 } });
  });

  it("has no figure of what could not be read", () => {
    const { statements: _s, commands: _c, ...bare } = request([], { bytes: 300 });
    const found = costMeasures({ idle: [], requests: [bare, { ...bare, bytes: 310 }] }, 1);
    expect(found.map(({ metric, statistic, value }) => [metric, statistic, value])).toEqual([
      ["response_bytes", "max", 310],
      ["response_bytes", "mean", 305],
    ]);
  });
});

describe("the time between two readings", () => {
  it("has only what ran in it, and statements that are new", () => {
    const one = { ...LIST, calls: 4, rows: 40, totalMs: 1 };
    const before = {
      at: 1000,
      cpuNs: 500,
      statements: [one, { ...COUNT, calls: 7, rows: 7, totalMs: 1 }],
      commands: { get: 2 },
    };
    const after = {
      at: 1250,
      cpuNs: 900,
      statements: [
        { ...one, calls: 6, rows: 60 },
        ...before.statements.slice(1),
        { ...AUDIT, calls: 1, rows: 3, totalMs: 0 },
      ],
      commands: { get: 2, set: 1 },
    };
    expect(spanOf(before, after)).toEqual({
      seconds: 0.25,
      cpuNs: 400,
      statements: [
        { ...LIST, calls: 2, rows: 20 },
        { ...AUDIT, calls: 1, rows: 3 },
      ],
      commands: { set: 1 },
    });
  });
});
