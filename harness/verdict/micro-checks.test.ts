import { describe, expect, it } from "vitest";
import type { BenchRecord, MicroProcess, MicroRecord } from "../collect/micro-record.ts";
import { sampleBench, sampleMicroRecord, sampleMicroRun, sampleProcess } from "../report/sample-micro.ts";
import { judgeMicro, processChecks } from "./judge-micro.ts";
import { LIMITS } from "./limits.ts";

const one = sampleBench("one");
const judged = (
  limits: readonly string[],
  benches: readonly BenchRecord[] = [one],
  more: Partial<MicroRecord> = {},
) => {
  const { plan, record } = sampleMicroRun(limits, sampleMicroRecord(benches, more));
  const [subject] = plan.micro ?? [];
  if (subject === undefined) throw new TypeError("the sample has no micro-benchmark");
  return judgeMicro(subject, record.micro?.[0], record.fingerprint.machine);
};
const exit = (how: string, ...lastLines: string[]): MicroProcess["exit"] => ({ kind: "failed", how, lastLines });

describe("the checks of a micro-benchmark", () => {
  it("are four, and all hold where nothing is wrong", () => {
    const verdict = judged([]);
    expect(verdict).toMatchObject({ subject: "sample", kind: "PASS", reasons: [], budgets: [] });
    expect(verdict.validity).toEqual([
      {
        name: "failed processes",
        value: 0,
        limit: 0,
        unit: "count",
        ok: true,
        meaning: "processes of this benchmark that did not measure to their end",
      },
      {
        name: "foreign CPU",
        value: 0,
        limit: LIMITS.foreignShare,
        unit: "ratio",
        ok: true,
        meaning: "share of the CPU that other programs took while the benchmark had to wait for a core",
      },
      {
        name: "benches without a sample",
        value: 0,
        limit: 0,
        unit: "count",
        ok: true,
        meaning: "benches of which nothing was measured",
      },
      {
        name: "benches left out by the compiler",
        value: 0,
        limit: 0,
        unit: "count",
        ok: true,
        meaning: "benches that take less than 0.5 ns: less than one instruction",
      },
    ]);
  });

  it.each<readonly [string, readonly MicroProcess["exit"][], number, string]>([
    ["how it ended", [exit("it exited with code 1")], 1, "it exited with code 1"],
    ["what it wrote last", [exit("it exited with code 1", "one", "two", " three ")], 1, "it exited with code 1: three"],
    [
      "the error among its lines, of the first that failed",
      [{ kind: "completed" }, exit("it ended", " TypeError: no ", "at x"), exit("another")],
      2,
      "it ended: TypeError: no",
    ],
  ])("name of a process that failed %s", (_, exits, value, sentence) => {
    const [failed] = processChecks(exits.map((how) => sampleProcess({ exit: how })));
    expect(failed?.check).toMatchObject({ name: "failed processes", value, ok: false });
    expect(failed?.reason).toEqual({
      code: "benchmark failed",
      sentence,
      remedy: "Its log is in the run directory.",
    });
  });

  const foreign = (...processes: Partial<MicroProcess>[]) => processChecks(processes.map(sampleProcess))[1]?.check;
  const waiting = { wallSeconds: 1, waitSeconds: LIMITS.waitShare + 0.01 };
  it("count what others took only of a process that had to wait", () => {
    expect(foreign({ ...waiting, foreignShare: 0.7 })).toMatchObject({ value: 0.7, ok: false });
    expect(foreign({ wallSeconds: 1, waitSeconds: LIMITS.waitShare, foreignShare: 0.7 })?.value).toBe(0);
    expect(foreign({ ...waiting, wallSeconds: 10, foreignShare: 0.7 })?.value).toBe(0);
    expect(foreign({ ...waiting, foreignShare: 0.2 }, { ...waiting, foreignShare: 0.1 })?.value).toBe(0.2);
    expect(foreign()?.value).toBe(0);
    expect(foreign({ ...waiting, wallSeconds: 0, foreignShare: 0.7 })?.value).toBe(0);
  });

  it("count nothing where the kernel does not tell", () => {
    const { waitSeconds: _, ...untold } = sampleProcess({ foreignShare: 0.7 });
    expect(processChecks([untold])[1]?.check.value).toBe(0);
    const { foreignShare: __, ...unshared } = sampleProcess(waiting);
    expect(processChecks([unshared])[1]?.check.value).toBe(0);
  });

  it("may hold at the limit of what others took, and say beyond it what to do", () => {
    const at = (foreignShare: number) => processChecks([sampleProcess({ ...waiting, foreignShare })])[1];
    expect(at(LIMITS.foreignShare)?.check.ok).toBe(true);
    expect(at(LIMITS.foreignShare + 0.01)?.check.ok).toBe(false);
    expect(at(0.456)?.reason).toEqual({
      code: "foreign CPU",
      sentence: "other programs took 45.6 % of the CPU while the benchmark waited for a core",
      remedy: "Stop the other programs, and run it again.",
    });
  });

  it("name benches without a sample, also where there is no bench", () => {
    const empty = sampleBench("empty", { samples: 0, time: { ...one.time, p50: 0 } });
    const some = judged([], [empty, one, empty]);
    expect(some.validity[2]).toMatchObject({ value: 2, ok: false });
    expect(some.reasons).toEqual([{ kind: "INVALID", code: "nothing measured", sentence: "a bench has no sample" }]);
    expect(judged([], []).validity[2]).toMatchObject({ value: 1, ok: false });
  });

  it("name benches that the compiler left out", () => {
    const taking = (name: string, p50: number) => sampleBench(name, { time: { ...one.time, p50 } });
    expect(judged([], [taking("a", LIMITS.operationNs)]).kind).toBe("PASS");
    const gone = judged([], [taking("a", 0.4), one, taking("b", 0.1)]);
    expect(gone.validity[3]).toMatchObject({ value: 2, ok: false });
    expect(gone.reasons).toEqual([
      {
        kind: "INVALID",
        code: "dead code",
        sentence: "a, b: under 0.5 ns for one operation; the compiler left it out",
        remedy: "Return what the operation computes, from an input that is not a constant.",
      },
    ]);
  });
});

describe("the budgets of a micro-benchmark", () => {
  it("are about a bench, two of them, or all", () => {
    const limits = ["time in one < 1 s", "ratio of time in one to two < 2", "peak_rss < 1 GB"];
    const { budgets } = judged(limits, [one, sampleBench("two")]);
    expect(budgets.map(({ subject, kind }) => [subject, kind])).toEqual([
      [{ kind: "bench", name: "one" }, "PASS"],
      [{ kind: "bench", name: "one to two" }, "PASS"],
      [{ kind: "bench", name: "sample" }, "PASS"],
    ]);
  });

  it("without enough evidence say what to do, and those that warn fail nothing", () => {
    const verdict = judged(["time in two < 1 s", "time in one < 900 ns, max 2 us"]);
    expect(verdict.kind).toBe("INCONCLUSIVE");
    expect(verdict.reasons).toEqual([
      {
        kind: "INCONCLUSIVE",
        code: "budget",
        sentence: 'mean of time of two was not measured: there is no figure of "two" (A-1)',
        remedy: "Run it for longer (without --quick), on a quieter machine.",
      },
      {
        kind: "WARNING",
        code: "budget",
        sentence: "mean of time of one is 1 µs, over its target of 900 ns (A-1)",
      },
    ]);
    expect(judged(["time in one < 900 ns, max 2 us"]).kind).toBe("PASS");
  });

  it("are not compared on lesser hardware than they were declared for", () => {
    const { plan, record } = sampleMicroRun(["time in one < 1 ns"], sampleMicroRecord([one]));
    const [subject] = plan.micro ?? [];
    if (subject === undefined) throw new TypeError("the sample has no micro-benchmark");
    const boundTo = { name: "production", cpus: 16, memoryGiB: 32 };
    const bound = { ...subject, budgets: subject.budgets.map((budget) => ({ ...budget, boundTo })) };
    const verdict = judgeMicro(bound, record.micro?.[0], record.fingerprint.machine);
    expect(verdict.kind).toBe("PASS");
    expect(verdict.budgets.map(({ kind }) => kind)).toEqual(["NOT_COMPARABLE"]);
  });

  it("are not judged where the record has nothing of it", () => {
    const { plan, record } = sampleMicroRun([], sampleMicroRecord([]));
    const [subject] = plan.micro ?? [];
    if (subject === undefined) throw new TypeError("the sample has no micro-benchmark");
    expect(judgeMicro(subject, undefined, record.fingerprint.machine)).toEqual({
      subject: "sample",
      kind: "INVALID",
      reasons: [
        {
          kind: "INVALID",
          code: "nothing measured",
          sentence: "the micro-benchmark was planned, and the record has nothing of it",
          remedy: "Run it again.",
        },
      ],
      validity: [],
      budgets: [],
    });
  });
});
