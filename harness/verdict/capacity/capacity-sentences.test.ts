import { describe, expect, it } from "vitest";
import type { CapacityRecord, CapacityResource, CapacityStep } from "../../collect/capacity-record.ts";
import type { HardwareProfile } from "../../plan/definition.ts";
import type { Layout } from "../../plan/profile.ts";
import { budget } from "../../plan/sample-budget.ts";
import { sampleCapacity, sampleStep } from "../../report/capacity/sample.ts";
import { judgeCapacity } from "./judge-capacity.ts";

const service = { next: "answer", held: 312, failed: 325, endedBy: "service" } as const;
const bound = (endedBy: "generator" | "asked") => ({ next: "answer", held: 312, endedBy }) as const;
const sample = sampleCapacity();
const record = (change: Partial<CapacityRecord> = {}): CapacityRecord => ({ ...sample, ...change });
const limitedBy = (change: Partial<CapacityRecord>, end: Parameters<typeof judgeCapacity>[1] = service) =>
  judgeCapacity(record(change), end, []).capacity?.limitedBy;

describe("the answer of a capacity search", () => {
  it("is an interval with what limits it, and nothing else where nothing else has to be known", () => {
    expect(judgeCapacity(record(), service, [])).toEqual({
      schema: "proofload/capacity-verdict/1",
      runId: "20260314-085900-crud-1a2b",
      kind: "PASS",
      exitCode: 0,
      sentence: "PASS: 312/s held and 325/s did not, limited by the service CPU quota",
      capacity: {
        held: 312,
        failed: 325,
        limitedBy: { resource: "service CPU quota", evidence: "the service used 0.49 of its 0.5 CPUs" },
      },
      budgets: [],
      notes: [],
    });
  });

  it("is a lower bound where the generator may not be asked for more", () => {
    const steps = [sampleStep({ rate: 312, generator: { cpu: 0.7654, ceiling: 326.4 } })];
    const verdict = judgeCapacity(record({ steps }), bound("generator"), []);
    expect(verdict.sentence).toBe(
      "PASS: 312/s held, and more was not asked for: a lower bound, limited by the generator",
    );
    expect(verdict.capacity).toStrictEqual({
      held: 312,
      limitedBy: {
        resource: "generator",
        evidence: "k6 used 0.77 cores at 312/s; beyond 326/s it would take more of this machine than it may",
      },
    });
  });

  it("is a lower bound where the search was to end", () => {
    const asked = record({ search: { ...record().search, to: 320 } });
    const verdict = judgeCapacity(asked, bound("asked"), []);
    expect(verdict.sentence).toBe(
      "PASS: 312/s held, and more was not asked for: a lower bound, limited by the rate asked for",
    );
    expect(verdict.capacity?.limitedBy).toEqual({
      resource: "rate asked for",
      evidence: "the search ends at 320/s: by --to, by what may leave this machine, or by the VUs of one k6",
    });
  });

  it("is nothing where not even the lowest rate held, and what limits it may be unknown", () => {
    const steps = [sampleStep({ rate: 3.13, outcome: "failed" })];
    const none = { next: "answer", held: 0, failed: 3.13, endedBy: "service" } as const;
    const verdict = judgeCapacity(record({ steps }), none, []);
    expect(verdict.sentence).toBe("PASS: not even 3.13/s held, limited by the unknown");
    expect(verdict.capacity?.limitedBy).toEqual({
      resource: "unknown",
      evidence: "nothing that is sampled here was used up: a lock, a limit of the service's own, or a dependency",
    });
    expect(verdict.notes).toEqual([]);
  });

  it("is followed by the budget that it misses, or that it leaves open", () => {
    const sentence = (...limits: string[]) =>
      judgeCapacity(
        record(),
        service,
        limits.map((limit) => budget(limit)),
      ).sentence;
    const found = "312/s held and 325/s did not, limited by the service CPU quota";
    expect(sentence("capacity > 300/s")).toBe(`PASS: ${found}`);
    expect(sentence("capacity > 300/s", "capacity > 320/s")).toBe(
      `INCONCLUSIVE: ${found}; the budget is capacity > 320/s`,
    );
    expect(sentence("capacity > 320/s", "capacity > 400/s", "capacity > 500/s")).toBe(
      `FAIL: ${found}; the budget is capacity > 400/s`,
    );
  });

  it("is the figure that its budgets are judged by", () => {
    const judged = judgeCapacity(record(), service, [budget("capacity > 300/s")]).budgets;
    expect(judged).toMatchObject([
      { subject: { kind: "scenario", name: "crud" }, kind: "PASS", measured: { lower: 312, upper: 325 }, count: 6 },
    ]);
    expect(judgeCapacity(record(), bound("asked"), [budget("capacity > 300/s")]).budgets).toMatchObject([
      { kind: "PASS", measured: { lower: 312, upper: Number.POSITIVE_INFINITY } },
    ]);
  });
});

describe("what limits a capacity", () => {
  const use = (resource: string, share: number, exhausted = true): CapacityResource => ({
    resource,
    share,
    exhausted,
    evidence: `${resource} ${share}`,
  });
  const at = (rate: number, outcome: CapacityStep["outcome"], ...resources: CapacityResource[]) =>
    sampleStep({ rate, outcome, resources });
  const fuller = (thread: number, machine: number) => [use("service thread", thread), use("machine CPU", machine)];

  it("is found from the last step that failed at the one end, and the last that held at the other", () => {
    const steps = [
      at(312, "held", ...fuller(0.2, 0.9)),
      at(312, "held", ...fuller(0.8, 0.4)),
      at(325, "failed", use("connection pool", 1)),
      at(325, "failed", ...fuller(0.95, 0.97)),
      at(312, "invalid", ...fuller(0.1, 0.9)),
      at(325, "invalid", use("connection pool", 1)),
      at(150, "held", ...fuller(0.1, 0.2)),
      at(600, "failed", use("connection pool", 1)),
    ];
    expect(limitedBy({ steps })).toEqual({ resource: "service thread", evidence: "service thread 0.95" });
  });

  it("is the memory that the service went past, whatever else was used up", () => {
    const died = { code: "out of memory", sentence: "out of memory: the service went past 256 MiB under load" };
    const reasons = [{ code: "dropped", sentence: "40 iterations were dropped" }, died];
    const steps = [at(312, "held"), { ...at(325, "failed", ...fuller(1, 1)), reasons }];
    expect(limitedBy({ steps })).toEqual({ resource: "service memory", evidence: died.sentence });
    const elsewhere = [at(312, "held"), at(325, "failed", use("machine CPU", 1)), { ...at(600, "failed"), reasons }];
    expect(limitedBy({ steps: elsewhere })).toEqual({ resource: "machine CPU", evidence: "machine CPU 1" });
  });
});

describe("a limit that was declared for larger hardware", () => {
  const GIB = 1024 ** 3;
  const because = (max: number, boundTo: HardwareProfile, change: Partial<CapacityRecord> = {}) =>
    judgeCapacity(record(change), service, [budget(`capacity > ${max}/s`, boundTo === undefined ? {} : { boundTo })])
      .budgets[0]?.because;
  const large: HardwareProfile = { name: "large", cpus: 8, memoryGiB: 1 };

  // A quarter of the CPUs: the ends of the answer, 312/s and 325/s, are those of 1248/s and 1300/s.
  it.each([
    [1244, "311/s, which it reaches"],
    [1248, "312/s, which is not decided"],
    [1296, "324/s, which is not decided"],
    [1300, "325/s, which it does not reach"],
  ])("of %d/s is said in proportion to the CPUs: %s", (max, said) => {
    expect(because(max, large)).toBe(
      `declared for large (8 CPUs, 1 GiB), measured on 2 CPUs, 8 GiB; scaled to 2 of 8 CPUs it would be ${said}`,
    );
  });

  it("counts the CPUs that were laid out, and not those of the machine", () => {
    const part = { cpus: 0.125, cpuset: "1", memoryBytes: GIB / 4 };
    const layout: Layout = {
      profile: "small",
      scale: 1,
      parts: { service: { ...part, cpus: 0.75 }, postgres: part, redis: part, generator: part },
      sharesCores: false,
      postgres: {},
      redis: {},
    };
    const environment = { ...record().environment, layout };
    expect(because(1600, large, { environment })).toBe(
      "declared for large (8 CPUs, 1 GiB), measured on the profile small (1.13 CPUs, 1 GiB); scaled to 1.13 of 8 CPUs it would be 225/s, which it reaches",
    );
  });

  it("is not scaled where it is only memory that lacks", () => {
    expect(because(300, { name: "roomy", cpus: 2, memoryGiB: 64 })).toBe(
      "declared for roomy (2 CPUs, 64 GiB), measured on 2 CPUs, 8 GiB",
    );
  });
});

describe("the notes on a capacity", () => {
  const notes = (change: Partial<CapacityRecord>) => judgeCapacity(record(change), service, []).notes;

  it("name the budgets that were not judged at the rate that held, and at no other", () => {
    const unjudged = [{ rate: 150 }, { rate: 312 }, { rate: 312 }, { rate: 312, outcome: "invalid" } as const].map(
      (step, at) => sampleStep({ ...step, unjudged: [`p99 of ${at}`, `p95 of ${at}`] }),
    );
    const steps = [...unjudged.slice(0, 3), sampleStep({ rate: 300, unjudged: ["p50"] })];
    const both = ["not judged at the rate that held: p99 of 2", "not judged at the rate that held: p95 of 2"];
    expect(notes({ steps })).toEqual(both);
    expect(notes({ steps: unjudged })).toEqual([...both, "1 steps were invalid and driven again"]);
  });

  it("count what broke only when it was confirmed, what was invalid, and what the service did not live through", () => {
    const died = [
      { code: "dropped", sentence: "40 iterations were dropped" },
      { code: "out of memory", sentence: "out of memory" },
    ];
    const steps = [
      sampleStep({ rate: 600, outcome: "failed", reasons: died }),
      sampleStep({ rate: 325, outcome: "failed", reasons: died }),
      sampleStep({ rate: 325, outcome: "invalid" }),
      sampleStep({ rate: 325, outcome: "invalid" }),
      sampleStep({ rate: 325, outcome: "failed", purpose: "confirm" }),
      sampleStep({ rate: 320, outcome: "failed", purpose: "confirm" }),
      sampleStep({ rate: 315, outcome: "failed", purpose: "confirm", reasons: died }),
      sampleStep({ rate: 312, purpose: "confirm" }),
    ];
    expect(notes({ steps })).toEqual([
      "3 rates held for 15 s and broke within 45 s",
      "2 steps were invalid and driven again",
      "out of memory at 3 of 8 steps: the service was started again, on fresh data",
    ]);
  });

  it("say how little is known of a service that runs elsewhere", () => {
    expect(notes({ environment: { ...record().environment, kind: "url" } })).toEqual([
      "the service runs elsewhere: what limits it is only known as far as it says so",
    ]);
  });
});

describe("a search without an answer", () => {
  const gaveUp = (because: "no end" | "invalid twice", code: string) => {
    const reasons = [
      { code, sentence: "the script threw: x is not a function" },
      { code: "generator", sentence: "k6 was throttled" },
    ];
    const steps = [...record().steps, sampleStep({ rate: 1234.5, outcome: "invalid", reasons })];
    return judgeCapacity(record({ steps }), { next: "give up", because }, [budget("capacity > 1/s")]);
  };
  const about = { schema: "proofload/capacity-verdict/1", runId: "20260314-085900-crud-1a2b", budgets: [], notes: [] };

  it("says which rate could not be measured, and why", () => {
    expect(gaveUp("invalid twice", "script error")).toEqual({
      ...about,
      kind: "INVALID",
      exitCode: 3,
      sentence: "INVALID: 1230/s could not be measured twice in a row: the script threw: x is not a function",
    });
    expect(gaveUp("invalid twice", "noisy host").kind).toBe("INCONCLUSIVE");
  });

  it("is inconclusive where the capacity moved, whatever the last step was like", () => {
    expect(gaveUp("no end", "script error")).toEqual({
      ...about,
      kind: "INCONCLUSIVE",
      exitCode: 2,
      sentence:
        "INCONCLUSIVE: 7 steps found no rate that held and another close above it that failed: the capacity moved",
    });
  });
});
