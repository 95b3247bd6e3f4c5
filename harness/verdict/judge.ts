import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { Plan, ScenarioPlan } from "../plan/plan.ts";
import { judgeBudgets, totalDropped } from "./budgets.ts";
import { exitCodeOf, worst } from "./exit-code.ts";
import { LIMITS } from "./limits.ts";
import { judgeRequirements } from "./requirements.ts";
import { notSteady } from "./steady.ts";
import { figure, measuredText, nameOfMeasure } from "./text.ts";
import { judgeValidity } from "./validity.ts";
import type { BudgetVerdict, Reason, ScenarioVerdict, Verdict, VerdictKind } from "./verdict.ts";

/** PASS, FAIL, INCONCLUSIVE or INVALID, with the evidence. Pure: the same plan and record give the same verdict. */
export function judge(plan: Plan, record: RunRecord): Verdict {
  const scenarios = plan.scenarios.map((scenario) => {
    const measured = record.scenarios.find((entry) => entry.name === scenario.name);
    return measured === undefined ? neverRan(scenario) : judgeScenario(scenario, measured);
  });
  const kind = worst(scenarios.map((scenario) => scenario.kind));
  return {
    schema: "proofload/verdict/1",
    runId: record.runId,
    kind,
    exitCode: exitCodeOf(kind),
    sentence: sentenceOf(kind, scenarios, record),
    scenarios,
    requirements: judgeRequirements(plan, scenarios),
  };
}

function judgeScenario(plan: ScenarioPlan, record: ScenarioRecord): ScenarioVerdict {
  const validity = judgeValidity(plan, record);
  const budgets = judgeBudgets(plan, record);
  const reasons: Reason[] = [
    ...validity.invalid,
    ...budgets.flatMap(budgetReason),
    ...outcomeReasons(record),
    ...notSteady(plan, record).map(
      (endpoint): Reason => ({
        kind: "INCONCLUSIVE",
        code: "not steady",
        sentence: `${endpoint} was still much slower at the start of the measured phase than later`,
        remedy: "Lengthen the warm-up.",
      }),
    ),
    ...dropWarning(record),
    ...strangersWarning(record),
  ];
  const kind = worst(reasons.flatMap((reason) => (reason.kind === "WARNING" ? [] : [reason.kind])));
  return {
    scenario: plan.name,
    kind,
    reasons: reasons.sort((a, b) => order(a) - order(b)),
    validity: validity.checks,
    budgets,
  };
}

function neverRan(plan: ScenarioPlan): ScenarioVerdict {
  const sentence = "the scenario was planned, and the record has nothing of it";
  return {
    scenario: plan.name,
    kind: "INVALID",
    reasons: [{ kind: "INVALID", code: "nothing measured", sentence, remedy: "Run the suite again." }],
    validity: [],
    budgets: [],
  };
}

function budgetReason(verdict: BudgetVerdict): Reason[] {
  const { budget, subject, measured, kind, because } = verdict;
  if (kind === "PASS" || kind === "NOT_COMPARABLE") {
    return [];
  }
  const measure = `${nameOfMeasure(budget.metric, budget.statistic)} of ${subject.name}`.replace(
    " of latency of ",
    " of ",
  );
  const value = measured === undefined ? "was not measured" : `is ${measuredText(measured, budget.unit)}`;
  const side = budget.direction === "<" ? "over" : "under";
  if (kind === "INCONCLUSIVE") {
    const sentence = `${measure} ${value}: ${because ?? "not enough evidence"} (${budget.source})`;
    return [{ kind, code: "budget", sentence, remedy: "Drive the scenario for longer, or at a higher rate." }];
  }
  const limit = kind === "FAIL" ? budget.max : budget.target;
  const named = kind === "FAIL" ? "max" : "target";
  const sentence = `${measure} ${value}, ${side} its ${named} of ${figure(limit, budget.unit)} (${budget.source})`;
  return [{ kind: kind === "WARN" ? "WARNING" : "FAIL", code: "budget", sentence }];
}

function outcomeReasons(record: ScenarioRecord): Reason[] {
  const { exit } = record.outcome;
  switch (exit.kind) {
    case "completed":
      return [];
    case "aborted":
      return [{ kind: "INVALID", code: "stopped early", sentence: `k6 stopped before its time: ${exit.how}` }];
    case "script-error":
      return [
        { kind: "INVALID", code: "script error", sentence: `the script threw: ${exit.message}`, remedy: "See k6.log." },
      ];
    case "failed": {
      const how = exit.signal === undefined ? `code ${exit.code ?? "unknown"}` : exit.signal;
      return [{ kind: "INVALID", code: "k6 failed", sentence: `k6 ended with ${how}`, remedy: "See k6.log." }];
    }
  }
}

/** Drops inside the error budget may pass, and the run says how many there were. */
function dropWarning(record: ScenarioRecord): Reason[] {
  const dropped = totalDropped(record);
  const sentence = `the service could not take ${dropped} iterations in time; each counts as a failed request`;
  return dropped === 0 ? [] : [{ kind: "WARNING", code: "dropped iterations", sentence }];
}

/** Short bursts leave the instrument's own figures sound and may still be the service's p99. */
function strangersWarning(record: ScenarioRecord): Reason[] {
  // A service that runs elsewhere is a stranger on this machine too, if it is on this machine.
  if (record.environment.kind === "url") return [];
  const series = record.resources.find(({ part, metric }) => part === "machine" && metric === "foreign_cpu");
  const measured = (series?.points ?? []).filter(([second]) => second >= record.warmupSeconds);
  const half = record.environment.machine.cpus / 2;
  const busy = measured.filter(([, cores]) => cores > half).length;
  if (busy <= measured.length * LIMITS.strangersShare) return [];
  const share = Math.round((busy / measured.length) * 100);
  return [
    {
      kind: "WARNING",
      code: "strangers",
      sentence: `processes outside this run took more than half of the CPU for ${share} % of the time; high percentiles and maxima may be theirs`,
      remedy: "Look at what else runs on this machine, and run again.",
    },
  ];
}

const ORDER = ["INVALID", "FAIL", "INCONCLUSIVE", "WARNING", "PASS"] as const;

function order(reason: Reason): number {
  return ORDER.indexOf(reason.kind);
}

function sentenceOf(kind: VerdictKind, scenarios: readonly ScenarioVerdict[], record: RunRecord): string {
  const of = scenarios.flatMap(({ scenario, reasons }) =>
    reasons.filter((reason) => reason.kind === kind).map((reason) => `${scenario}: ${reason.sentence}`),
  );
  const more = of.length > 1 ? ` (and ${of.length - 1} more)` : "";
  const first = `${of[0] ?? ""}${more}`;
  switch (kind) {
    case "PASS": {
      const judged = scenarios
        .flatMap((scenario) => scenario.budgets)
        .filter((budget) => budget.kind !== "NOT_COMPARABLE");
      const warned = judged.filter((budget) => budget.kind === "WARN").length;
      const slowest = Math.max(0, ...record.scenarios.map((scenario) => scenario.instrument.canary?.p99 ?? 0));
      const warnings = warned === 0 ? "" : `, ${warned} of them over their target`;
      return `PASS: all ${judged.length} budgets hold${warnings}; the instrument was sound (canary p99 ${figure(slowest, "ms")})`;
    }
    case "FAIL":
      return `FAIL: ${first}`;
    case "INCONCLUSIVE":
      return `INCONCLUSIVE: ${first}`;
    case "INVALID": {
      const code = scenarios.flatMap((scenario) => scenario.reasons).find((reason) => reason.kind === "INVALID")?.code;
      return `INVALID(${code ?? "unknown"}): ${first}`;
    }
  }
}
