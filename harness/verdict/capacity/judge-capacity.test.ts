import { describe, expect, it } from "vitest";
import { budget } from "../../plan/sample-budget.ts";
import { sampleCapacity, sampleStep } from "../../report/capacity/sample.ts";
import { judgeCapacity } from "./judge-capacity.ts";

const record = sampleCapacity();
const answer = { next: "answer", held: 312, failed: 325, endedBy: "service" } as const;
const judged = (limit: string, cpus?: number) => {
  const bound = cpus === undefined ? {} : { boundTo: { name: "large", cpus, memoryGiB: 1 } };
  return judgeCapacity(record, answer, [budget(limit, bound)]);
};

describe("the verdict on a capacity", () => {
  it("is an interval, and names the resource that was used up with its figures", () => {
    const verdict = judgeCapacity(record, answer, []);
    expect(verdict).toMatchObject({ kind: "PASS", exitCode: 0, capacity: { held: 312, failed: 325 } });
    expect(verdict.capacity?.limitedBy.resource).toBe("service CPU quota");
    expect(verdict.sentence).toBe("PASS: 312/s held and 325/s did not, limited by the service CPU quota");
  });

  it.each([
    ["capacity > 300/s", "PASS", 0],
    // The truth lies between the two ends, and so does the limit.
    ["capacity > 320/s", "INCONCLUSIVE", 2],
    ["capacity > 325/s", "FAIL", 1],
    ["capacity > 300/s, max 250/s", "PASS", 0],
  ])("of a budget %s is %s", (limit, kind, exitCode) => {
    expect(judged(limit)).toMatchObject({ kind, exitCode });
  });

  it("leaves a limit that was declared for larger hardware open, and says what it would be in proportion", () => {
    const { cpus } = record.fingerprint.machine;
    const { kind, budgets } = judged("capacity > 15000/s", cpus * 4);
    expect(kind).toBe("PASS");
    expect(budgets[0]?.kind).toBe("NOT_COMPARABLE");
    expect(budgets[0]?.because).toContain(
      `scaled to ${cpus} of ${cpus * 4} CPUs it would be 3750/s, which it does not reach`,
    );
  });

  it("of a lower bound cannot miss a limit", () => {
    const bound = { next: "answer", held: 312, endedBy: "generator" } as const;
    const verdict = judgeCapacity(record, bound, [budget("capacity > 400/s")]);
    expect(verdict.kind).toBe("INCONCLUSIVE");
    expect(verdict.capacity?.limitedBy.resource).toBe("generator");
  });

  it("says where a search ends that its caller or its caps end, and does not guess which of them", () => {
    const bound = { next: "answer", held: 312, endedBy: "asked" } as const;
    const verdict = judgeCapacity({ ...record, search: { ...record.search, to: 312 } }, bound, []);
    expect(verdict.capacity?.limitedBy.evidence).toMatch(/^the search ends at 312\/s: by --to, by what may leave/);
  });

  it("names the memory of a service that did not live through the rate that failed", () => {
    const died = { code: "out of memory", sentence: "out of memory: the service went past 256 MiB under load" };
    const steps = record.steps.map((step) => (step.rate === 325 ? { ...step, reasons: [died] } : step));
    const verdict = judgeCapacity({ ...record, steps }, answer, []);
    expect(verdict.capacity?.limitedBy).toEqual({ resource: "service memory", evidence: died.sentence });
    expect(verdict.notes).toContain("out of memory at 1 of 6 steps: the service was started again, on fresh data");
  });

  it.each([
    ["noisy host", "INCONCLUSIVE"],
    ["generator", "INCONCLUSIVE"],
    ["script error", "INVALID"],
    ["nothing measured", "INVALID"],
  ])("of a search that ended at two invalid steps (%s) is %s", (code, kind) => {
    const step = sampleStep({ outcome: "invalid", reasons: [{ code, sentence: "why" }] });
    const twice = { ...record, steps: [step, step] };
    const verdict = judgeCapacity(twice, { next: "give up", because: "invalid twice" }, [budget("capacity > 1/s")]);
    expect(verdict).toMatchObject({ kind, budgets: [] });
    expect(verdict.capacity).toBeUndefined();
  });
});
