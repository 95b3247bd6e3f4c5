import type { BudgetLine, MicroDefinition } from "../harness/plan/definition.ts";
import { ruleEngineProfiles } from "./profiles/rule-engine.ts";

/** As `bench:matcher`: a young generation small enough that the peak is that of the work, not of garbage. */
const nodeFlags = ["--min-semi-space-size=16", "--max-semi-space-size=16"];

const boundTo = ruleEngineProfiles.reference;

/**
 * Times are medians of whole evaluations: the specification has one time for each, and no statistic. Beside its own
 * figures stand ours: a tenth of the time and a quarter of the memory of the Rust original, as it was measured on a
 * machine with two cores.
 */
function workload(name: string, title: string, ours: { time: string; peak: string }): MicroDefinition {
  return {
    title,
    script: `micro/rule-engine-${name}.bench.ts`,
    nodeFlags,
    budgets: [
      { limit: `p50 of time in ${name}-1M <= ${ours.time}`, source: "BIN-02" },
      { limit: `p50 of time in ${name}-1M < 693 ms, max 30 s`, source: "BIN-02", boundTo },
      { limit: `peak_rss <= ${ours.peak}`, source: "BIN-03" },
      { limit: "peak_rss < 3 GB", source: "BIN-03", boundTo },
    ],
  };
}

function onOff(limits: readonly string[]): BudgetLine[] {
  return limits.map((limit) => ({ limit, source: "BIN-09" }));
}

export const ruleEngineMicro: Readonly<Record<string, MicroDefinition>> = {
  "rule-engine-simple": workload("simple", "One rule on a million facts", { time: "0.38 s", peak: "375 MB" }),
  "rule-engine-payroll": workload("payroll", "Four rules on a million facts", { time: "0.39 s", peak: "650 MB" }),
  "rule-engine-enterprise": workload("enterprise", "400 rules on a million facts", { time: "0.98 s", peak: "775 MB" }),
  "rule-engine-facts": {
    title: "One rule on 10,000 to a million facts",
    script: "micro/rule-engine-facts.bench.ts",
    nodeFlags,
    sweep: { name: "facts", sizes: [10_000, 30_000, 100_000, 200_000, 300_000, 500_000, 1_000_000] },
    budgets: [
      { limit: "p50 of time in facts/100000 < 57 ms, max 3 s", source: "BIN-02", boundTo },
      { limit: "p50 of time in facts/200000 < 104 ms, max 6 s", source: "BIN-02", boundTo },
      { limit: "p50 of time in facts/500000 < 312 ms, max 10 s", source: "BIN-02", boundTo },
      { limit: "p50 of time in facts/1000000 < 693 ms, max 30 s", source: "BIN-02", boundTo },
      { limit: "peak_rss in facts/200000 < 500 MB", source: "BIN-03", boundTo },
      { limit: "exponent of time <= 1.1", source: "BIN-04" },
      // A hundred times as many facts in at most a hundred times the memory.
      { limit: "ratio of memory in facts/1000000 to facts/10000 <= 100", source: "BIN-04" },
      { limit: "exponent of memory < 1", source: "BIN-04" },
    ],
  },
  "rule-engine-rules": {
    title: "10 to 10,000 rules on 20,000 facts",
    script: "micro/rule-engine-rules.bench.ts",
    sweep: { name: "rules", sizes: [10, 30, 100, 300, 1000, 3000, 10_000] },
    budgets: [{ limit: "exponent of time <= 1.1", source: "BIN-17" }],
  },
  "rule-engine-sustained": {
    title: "A million facts again and again, for ten seconds and more",
    script: "micro/rule-engine-sustained.bench.ts",
    budgets: [{ limit: "throughput in sustained >= 1400000/s", source: "BIN-05", boundTo }],
  },
  "rule-engine-workers": {
    title: "Engines in one and in two worker threads",
    script: "micro/rule-engine-workers.bench.ts",
    budgets: [{ limit: "ratio of throughput in two to one >= 1.6", source: "BIN-06" }],
  },
  "rule-engine-stores": {
    title: "The four fact stores, 100,000 facts each",
    script: "micro/rule-engine-stores.bench.ts",
    budgets: [
      { limit: "ratio of time in cached-get-often to arena-get-often <= 0.9", source: "BIN-07" },
      { limit: "ratio of time in indexed-find to arena-find <= 0.1", source: "BIN-07" },
      // No promise of the specification's: a partition is found, and then a fact in it.
      { limit: "ratio of time in partitioned-get to arena-get <= 3", source: "BIN-07" },
    ],
  },
  "rule-engine-index": {
    title: "From a fact's id to its row",
    script: "micro/rule-engine-index.bench.ts",
    budgets: [{ limit: "ratio of time in direct to map <= 0.9", source: "BIN-08" }],
  },
  "rule-engine-on-off": {
    title: "Each device of the engine, with and without",
    script: "micro/rule-engine-on-off.bench.ts",
    budgets: onOff([
      "ratio of bytes in hinted to unhinted <= 0.9",
      "ratio of time in shared to unshared <= 0.9",
      "ratio of bytes in pooled to unpooled <= 0.9",
      "ratio of time in by-cost to by-cost-off <= 0.9",
      "ratio of time in by-statistics to by-statistics-off <= 0.9",
      "ratio of time in hashed to unhashed <= 0.9",
      "ratio of time in counted to read <= 0.9",
    ]),
  },
  "rule-engine-incremental": {
    title: "One fact of a million changes, 400 rules",
    script: "micro/rule-engine-incremental.bench.ts",
    budgets: [
      { limit: "mean of time in change < 50 us", source: "BIN-09" },
      { limit: "ratio of time in change to anew <= 0.001", source: "BIN-09" },
    ],
  },
  "rule-engine-joins": {
    title: "111,000 facts joined, by the engine and by hand",
    script: "micro/rule-engine-joins.bench.ts",
    budgets: [{ limit: "ratio of time in engine to by-hand <= 3", source: "BIN-09" }],
  },
  "rule-engine-retract": {
    title: "Facts come, match, and go again",
    script: "micro/rule-engine-retract.bench.ts",
    // A token that stays, or a tenth of the memory, is an error of the benchmark: the run is then INVALID.
    budgets: [],
  },
  "rule-engine-chaining": {
    title: "Rules that set one another off",
    script: "micro/rule-engine-chaining.bench.ts",
    budgets: [],
  },
};
