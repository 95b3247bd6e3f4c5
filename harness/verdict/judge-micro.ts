import type { BenchRecord, MicroProcess, MicroRecord } from "../collect/micro-record.ts";
import type { MachineFacts } from "../environment/fingerprint/fingerprint.ts";
import type { MicroPlan } from "../plan/plan.ts";
import { judgeFigure } from "./budgets.ts";
import { worst } from "./exit-code.ts";
import { LIMITS } from "./limits.ts";
import { microFigure } from "./micro-figures.ts";
import { budgetReason, byWeight } from "./reasons.ts";
import { figure } from "./text.ts";
import type { Judged, MicroVerdict, Reason } from "./verdict.ts";

/** A micro-benchmark: was it measured soundly, and do its budgets hold? */
export function judgeMicro(plan: MicroPlan, record: MicroRecord | undefined, machine: MachineFacts): MicroVerdict {
  if (record === undefined) {
    const sentence = "the micro-benchmark was planned, and the record has nothing of it";
    return {
      subject: plan.name,
      kind: "INVALID",
      reasons: [{ kind: "INVALID", code: "nothing measured", sentence, remedy: "Run it again." }],
      validity: [],
      budgets: [],
    };
  }
  const checks = [...processChecks(record.processes), ...benchChecks(record)];
  const budgets = plan.budgets.map((budget) => {
    const pair = budget.against === undefined ? budget.bench : `${budget.bench} to ${budget.against}`;
    return judgeFigure({ kind: "bench", name: pair ?? plan.name }, budget, microFigure(budget, record), { machine });
  });
  const reasons: Reason[] = [
    ...checks.flatMap(({ check, reason }): Reason[] => (check.ok ? [] : [{ kind: "INVALID", ...reason }])),
    ...budgets.flatMap((budget) => budgetReason(budget, "Run it for longer (without --quick), on a quieter machine.")),
  ];
  return {
    subject: plan.name,
    kind: worst(reasons.map((reason) => reason.kind)),
    reasons: byWeight(reasons),
    validity: checks.map(({ check }) => check),
    budgets,
  };
}

/** Did the processes of a micro-benchmark measure to their end, with the CPU to themselves? */
export function processChecks(processes: readonly MicroProcess[]): Judged[] {
  return [failedProcesses(processes), foreignCpu(processes)];
}

/** Did they measure to their end? */
export function failedProcesses(processes: readonly MicroProcess[]): Judged {
  const failed = processes.flatMap((process) => (process.exit.kind === "failed" ? [process.exit] : []));
  const [first] = failed;
  const lastLine = first?.lastLines.find((line) => /Error/.test(line)) ?? first?.lastLines.at(-1);
  return {
    check: {
      name: "failed processes",
      value: failed.length,
      limit: 0,
      unit: "count",
      ok: failed.length === 0,
      meaning: "processes of this benchmark that did not measure to their end",
    },
    reason: {
      code: "benchmark failed",
      sentence: `${first?.how ?? "it failed"}${lastLine === undefined ? "" : `: ${lastLine.trim()}`}`,
      remedy: "Its log is in the run directory.",
    },
  };
}

function foreignCpu(processes: readonly MicroProcess[]): Judged {
  const foreign = Math.max(0, ...processes.map(foreignShare));
  return {
    check: {
      name: "foreign CPU",
      value: foreign,
      limit: LIMITS.foreignShare,
      unit: "ratio",
      ok: foreign <= LIMITS.foreignShare,
      meaning: "share of the CPU that other programs took while the benchmark had to wait for a core",
    },
    reason: {
      code: "foreign CPU",
      sentence: `other programs took ${figure(foreign, "ratio")} of the CPU while the benchmark waited for a core`,
      remedy: "Stop the other programs, and run it again.",
    },
  };
}

/** As for a load generator: 0 while the benchmark did not have to wait. Unknown where the kernel does not tell. */
function foreignShare({ foreignShare: share, waitSeconds, wallSeconds }: MicroProcess): number {
  const waited = waitSeconds === undefined || wallSeconds <= 0 ? 0 : waitSeconds / wallSeconds;
  return waited > LIMITS.waitShare ? (share ?? 0) : 0;
}

function benchChecks(record: MicroRecord): Judged[] {
  const empty = record.benches.filter((bench) => bench.samples === 0).length + (record.benches.length === 0 ? 1 : 0);
  const gone = record.benches.filter(leftOut);
  return [
    {
      check: {
        name: "benches without a sample",
        value: empty,
        limit: 0,
        unit: "count",
        ok: empty === 0,
        meaning: "benches of which nothing was measured",
      },
      reason: { code: "nothing measured", sentence: "a bench has no sample" },
    },
    {
      check: {
        name: "benches left out by the compiler",
        value: gone.length,
        limit: 0,
        unit: "count",
        ok: gone.length === 0,
        meaning: `benches that take less than ${LIMITS.operationNs} ns: less than one instruction`,
      },
      reason: {
        code: "dead code",
        sentence: `${gone.map((bench) => bench.name).join(", ")}: under ${LIMITS.operationNs} ns for one operation; the compiler left it out`,
        remedy: "Return what the operation computes, from an input that is not a constant.",
      },
    },
  ];
}

function leftOut(bench: BenchRecord): boolean {
  return bench.samples > 0 && bench.time.p50 < LIMITS.operationNs;
}
