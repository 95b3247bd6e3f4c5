import type { BenchRecord, MicroProcess, MicroRecord } from "../collect/micro-record.ts";
import type { Budget } from "../plan/plan.ts";
import type { Figure } from "./budgets.ts";
import { LIMITS } from "./limits.ts";
import { fitGrowth } from "./stats/growth.ts";
import { pairedRatio } from "./stats/paired-ratio.ts";
import type { Measured } from "./verdict.ts";

const unresolved = (because: string): Figure => ({ measured: undefined, count: 0, because });

/** The figure that a budget is about, or why this benchmark cannot tell it. */
export function microFigure(budget: Budget, record: MicroRecord): Figure {
  if (budget.statistic === "exponent") {
    return exponentFigure(budget, record);
  }
  if (budget.metric === "peak_rss" || budget.metric === "memory") {
    return processFigure(budget, record);
  }
  const bench = record.benches.find((entry) => entry.name === budget.bench);
  if (bench === undefined) {
    return unresolved(`there is no figure of "${budget.bench}"`);
  }
  if (budget.statistic === "ratio") {
    const against = record.benches.find((entry) => entry.name === budget.against);
    return against === undefined
      ? unresolved(`there is no figure of "${budget.against}"`)
      : ratioFigure(budget, bench, against, record);
  }
  switch (budget.metric) {
    case "time":
      return timeFigure(budget.statistic, bench, record);
    case "bytes":
      return bench.bytes === undefined
        ? unresolved("a collection ran in every count of its bytes, or none was long enough")
        : { measured: interval(bench.bytes.lower, bench.bytes.upper), count: bench.bytes.counts };
    case "throughput":
      return {
        measured: bench.time.mean > 0 ? { value: (bench.items * 1e9) / bench.time.mean } : undefined,
        count: bench.samples,
      };
    case "gc_time":
      return { measured: bench.calls > 0 ? { value: bench.gc.ns / bench.calls } : undefined, count: bench.calls };
    default:
      return unresolved(`${budget.metric} is no figure of a micro-benchmark`);
  }
}

function interval(lower: number, upper: number): Measured {
  return lower === upper ? { value: lower } : { lower, upper };
}

function timeFigure(statistic: Budget["statistic"], bench: BenchRecord, record: MicroRecord): Figure {
  const times: Readonly<Partial<Record<Budget["statistic"], number>>> = bench.time;
  const value = times[statistic];
  if (value === undefined) {
    return unresolved(`${statistic} is no statistic of one bench`);
  }
  if (statistic !== "mean" && bench.callsPerSample > 1) {
    return unresolved(
      `each sample is the mean of ${bench.callsPerSample} calls, which hides the slow ones; declare the bench as \`single\``,
    );
  }
  // Two readings of the clock are part of every call that is timed by itself.
  const clock = clockNs(bench, record);
  const negligible = clock < LIMITS.clockShare * value;
  return { measured: negligible ? { value } : interval(Math.max(0, value - clock), value), count: bench.samples };
}

function clockNs(bench: BenchRecord, record: MicroRecord): number {
  const process = processOf(bench.size, record);
  return bench.callsPerSample > 1 ? 0 : (process?.clockNs ?? 0);
}

function processOf(size: number | undefined, record: MicroRecord): MicroProcess | undefined {
  return record.processes.find((process) => process.size === size);
}

function ratioFigure(budget: Budget, bench: BenchRecord, against: BenchRecord, record: MicroRecord): Figure {
  if (budget.metric === "bytes") {
    if (bench.bytes === undefined || against.bytes === undefined) {
      return unresolved("the bytes of one of the two were not counted");
    }
    if (against.bytes.lower <= 0) {
      return unresolved(`"${against.name}" allocates nothing to compare with`);
    }
    return {
      measured: interval(bench.bytes.lower / against.bytes.upper, bench.bytes.upper / against.bytes.lower),
      count: Math.min(bench.bytes.counts, against.bytes.counts),
    };
  }
  if (bench.size !== against.size) {
    return unresolved("the two ran in different processes, not in turns");
  }
  if ([bench, against].some((one) => clockNs(one, record) > LIMITS.clockShare * one.time.p50)) {
    return unresolved("the clock itself takes too much of so short a call; time it in batches (not `single`)");
  }
  const perItem = (one: BenchRecord) => one.rounds.map((ns) => (budget.metric === "throughput" ? one.items / ns : ns));
  const ratio = pairedRatio(perItem(bench), perItem(against));
  return ratio === undefined
    ? unresolved("fewer than three rounds, or a time of 0")
    : { measured: interval(ratio.lower, ratio.upper), count: ratio.pairs };
}

/** Of the process that measured the bench: benches that are no size of a sweep share one. */
function processFigure(budget: Budget, record: MicroRecord): Figure {
  const bytesOf = (name: string | undefined): number | undefined => {
    const bench = record.benches.find((entry) => entry.name === name);
    const process = name !== undefined && bench === undefined ? undefined : processOf(bench?.size, record);
    return process === undefined || process.exit.kind === "failed"
      ? undefined
      : budget.metric === "memory"
        ? process.peakRssBytes - process.idleRssBytes
        : process.peakRssBytes;
  };
  const value = bytesOf(budget.bench);
  if (value === undefined) {
    return unresolved("its process did not end well");
  }
  if (budget.statistic !== "ratio") {
    return { measured: { value }, count: 1 };
  }
  const against = bytesOf(budget.against);
  return against === undefined || against <= 0
    ? unresolved(`the memory of "${budget.against}" was not measured`)
    : { measured: { value: value / against }, count: 1 };
}

function exponentFigure(budget: Budget, record: MicroRecord): Figure {
  const points = record.benches.flatMap((bench) => {
    const value = valueAt(budget, bench, record);
    return bench.size === undefined || value === undefined ? [] : [{ size: bench.size, value }];
  });
  const fit = fitGrowth(points);
  return fit === undefined
    ? unresolved(`${points.length} sizes with a figure above 0, and a fit with an interval needs three`)
    : { measured: { lower: fit.lower, upper: fit.upper }, count: fit.points };
}

/** The median time, since one collection more or less at one size would bend the line. */
function valueAt(budget: Budget, bench: BenchRecord, record: MicroRecord): number | undefined {
  switch (budget.metric) {
    case "time":
      return bench.time.p50;
    case "bytes":
      return bench.bytes?.median;
    default: {
      const process = processOf(bench.size, record);
      return process === undefined ? undefined : process.peakRssBytes - process.idleRssBytes;
    }
  }
}
