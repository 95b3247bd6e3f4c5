import { describe, expect, it } from "vitest";
import type { BenchRecord, MicroRecord } from "../collect/micro-record.ts";
import { sampleBench, sampleMicroRecord, sampleMicroRun, sampleProcess } from "../report/sample-micro.ts";
import { judge } from "./judge.ts";

const verdictOn = (limit: string, benches: readonly BenchRecord[], more: Partial<MicroRecord> = {}) => {
  const { plan, record } = sampleMicroRun([limit], sampleMicroRecord(benches, more));
  const verdict = judge(plan, record);
  return { verdict, micro: verdict.micro?.[0], budget: verdict.micro?.[0]?.budgets[0] };
};
const kindOf = (limit: string, ...benches: BenchRecord[]) => verdictOn(limit, benches).budget?.kind;

describe("the verdict on a micro-benchmark", () => {
  it("passes, warns and fails by the limits, and the run with it", () => {
    const one = sampleBench("one");
    expect(kindOf("p99 of time in one < 2 us", one)).toBe("PASS");
    expect(kindOf("p99 of time in one < 1.2 us, max 2 us", one)).toBe("WARN");
    const { verdict } = verdictOn("p99 of time in one < 1.2 us", [one]);
    expect(verdict).toMatchObject({ kind: "FAIL", exitCode: 1 });
    expect(verdict.sentence).toBe("FAIL: sample: p99 of time of one is 1.5 µs, over its max of 1.2 µs (A-1)");
    expect(verdict.requirements).toMatchObject([{ id: "A-1", state: "missed" }]);
  });

  it("never tells a percentile of calls from means of many calls", () => {
    const batched = sampleBench("one", { callsPerSample: 4096 });
    const { verdict, budget } = verdictOn("p99 of time in one < 1 s", [batched]);
    expect(budget).toMatchObject({ kind: "INCONCLUSIVE", because: expect.stringContaining("mean of 4096 calls") });
    expect(verdict.exitCode).toBe(2);
    expect(kindOf("mean of time in one < 1 s", batched)).toBe("PASS");
  });

  it("never tells a percentile from too few calls", () => {
    expect(kindOf("p99 of time in one < 1 s", sampleBench("one", { samples: 367 }))).toBe("INCONCLUSIVE");
    expect(kindOf("p99 of time in one < 1 s", sampleBench("one", { samples: 368 }))).toBe("PASS");
    expect(kindOf("mean of time in one < 1 s", sampleBench("one", { samples: 11 }))).toBe("INCONCLUSIVE");
  });

  it("is invalid where the compiler left an operation out", () => {
    const gone = sampleBench("gone", { callsPerSample: 65_536, time: { ...sampleBench("").time, p50: 0.3 } });
    const { verdict } = verdictOn("mean of time in gone < 1 s", [gone]);
    expect(verdict).toMatchObject({ kind: "INVALID", exitCode: 3, sentence: expect.stringContaining("dead code") });
    expect(verdict.requirements[0]?.state).toBe("inconclusive");
  });

  it("is invalid where its process failed, and says how", () => {
    const exit = { kind: "failed", how: "the benchmark exited with code 1", lastLines: ["TypeError: no"] } as const;
    const { verdict } = verdictOn("time in one < 1 s", [], { processes: [sampleProcess({ exit })] });
    expect(verdict.exitCode).toBe(3);
    expect(verdict.sentence).toContain(
      "INVALID(benchmark failed): sample: the benchmark exited with code 1: TypeError: no",
    );
  });

  it("is invalid where others took the CPU while it waited for a core, and only then", () => {
    const busy = { foreignShare: 0.6 };
    const waited = { processes: [sampleProcess({ ...busy, waitSeconds: 0.5 })] };
    const ran = { processes: [sampleProcess({ ...busy, waitSeconds: 0.05 })] };
    expect(verdictOn("time in one < 1 s", [sampleBench("one")], waited).verdict.exitCode).toBe(3);
    expect(verdictOn("time in one < 1 s", [sampleBench("one")], ran).verdict.exitCode).toBe(0);
  });

  it("is invalid where the record has nothing of it, or a bench has no sample", () => {
    const { plan, record } = sampleMicroRun(["time in one < 1 s"], sampleMicroRecord([]));
    expect(judge(plan, { ...record, micro: [] }).exitCode).toBe(3);
    expect(judge(plan, record).exitCode).toBe(3);
    expect(verdictOn("time in one < 1 s", [sampleBench("one", { samples: 0 })]).verdict.exitCode).toBe(3);
  });

  it("compares times round by round, and fails or passes only by the whole interval", () => {
    const slow = sampleBench("slow", { rounds: [2000, 4000, 1000, 3000] });
    const fast = sampleBench("fast", { rounds: [1010, 2000, 495, 1500] });
    expect(kindOf("ratio of time in fast to slow <= 0.9", fast, slow)).toBe("PASS");
    expect(kindOf("ratio of time in fast to slow <= 0.4", fast, slow)).toBe("FAIL");
    expect(kindOf("ratio of time in fast to slow <= 0.5", fast, slow)).toBe("INCONCLUSIVE");
    expect(kindOf("ratio of throughput in fast to slow >= 1.9", fast, slow)).toBe("PASS");
  });

  it("counts throughput in items", () => {
    const batch = sampleBench("batch", { items: 500 });
    expect(verdictOn("throughput in batch > 1/s", [batch]).budget?.measured).toEqual({ value: 5e8 });
  });

  it("compares bytes by the edges of both intervals", () => {
    const plain = sampleBench("plain");
    const lean = sampleBench("lean", { bytes: { median: 88, lower: 87, upper: 92, counts: 9 } });
    expect(kindOf("ratio of bytes in lean to plain <= 0.95", lean, plain)).toBe("PASS");
    expect(kindOf("ratio of bytes in lean to plain <= 0.9", lean, plain)).toBe("INCONCLUSIVE");
    expect(kindOf("ratio of bytes in lean to plain <= 0.8", lean, plain)).toBe("FAIL");
    const none = sampleBench("plain", { bytes: { median: 0, lower: 0, upper: 0, counts: 9 } });
    expect(kindOf("ratio of bytes in lean to plain <= 0.9", lean, none)).toBe("INCONCLUSIVE");
    expect(kindOf("bytes in plain <= 0 B", none)).toBe("PASS");
    expect(kindOf("bytes in lean <= 0 B", lean)).toBe("FAIL");
    const { bytes: _, ...uncounted } = lean;
    expect(kindOf("bytes in lean <= 0 B", uncounted)).toBe("INCONCLUSIVE");
  });

  it("does not compare times that the clock itself makes, or that ran in two processes", () => {
    const processes = [sampleProcess({ clockNs: 100 })];
    const [a, b] = [sampleBench("a"), sampleBench("b")];
    expect(verdictOn("ratio of time in a to b <= 2", [a, b], { processes }).budget?.kind).toBe("INCONCLUSIVE");
    expect(verdictOn("mean of time in a < 2 us", [a], { processes }).budget).toMatchObject({
      kind: "PASS",
      measured: { lower: 900, upper: 1000 },
    });
    const sized = sampleBench("n/10", { size: 10 });
    expect(kindOf("ratio of time in a to n/10 <= 2", a, sized)).toBe("INCONCLUSIVE");
  });

  const sizes = [10, 100, 1000, 10_000];
  const sweep = (exponent: number, wobble = 1) =>
    sizes.map((size, index) =>
      sampleBench(`n/${size}`, {
        size,
        time: { ...sampleBench("").time, p50: 3 * size ** exponent * (index % 2 === 0 ? wobble : 1 / wobble) },
      }),
    );

  it.each([
    ["PASS", sweep(1)],
    ["FAIL", sweep(1.5)],
    ["INCONCLUSIVE", sweep(1.08, 1.3)],
    ["INCONCLUSIVE", sweep(1).slice(0, 2)],
  ])("judges growth by the interval of its exponent: %s", (kind, benches) => {
    expect(verdictOn("exponent of time <= 1.1", benches).budget?.kind).toBe(kind);
  });

  it("takes the memory of the process that measured a size, and compares two", () => {
    const mib = 1024 ** 2;
    const processes = [
      sampleProcess(),
      sampleProcess({ size: 10, peakRssBytes: 60 * mib }),
      sampleProcess({ size: 1000, peakRssBytes: 250 * mib }),
    ];
    const benches = [sampleBench("n/10", { size: 10 }), sampleBench("n/1000", { size: 1000 })];
    const of = (limit: string) => verdictOn(limit, benches, { processes }).budget;
    expect(of("memory in n/1000 < 201 MB")).toMatchObject({ kind: "PASS", measured: { value: 200 * mib } });
    expect(of("ratio of memory in n/1000 to n/10 <= 100")).toMatchObject({ kind: "PASS", measured: { value: 20 } });
    expect(of("peak_rss < 150 MB")).toMatchObject({ kind: "FAIL", measured: { value: 150 * mib } });
  });
});
