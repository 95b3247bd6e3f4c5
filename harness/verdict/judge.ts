import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { MachineFacts } from "../environment/fingerprint/fingerprint.ts";
import type { Plan, ScenarioPlan } from "../plan/plan.ts";
import { isStress } from "../plan/stress.ts";
import { judgeBudgets, totalDropped } from "./budgets.ts";
import { exitCodeOf, worst } from "./exit-code.ts";
import { judgeMicro } from "./judge-micro.ts";
import { LIMITS } from "./limits.ts";
import { outOfMemoryReason } from "./out-of-memory.ts";
import { budgetReason, byWeight } from "./reasons.ts";
import { judgeRequirements } from "./requirements.ts";
import { notSteady } from "./steady.ts";
import { strangersShare } from "./strangers.ts";
import { judgeStress, stressReason } from "./stress.ts";
import { figure } from "./text.ts";
import { throttlingWarnings } from "./throttling.ts";
import { judgeValidity } from "./validity.ts";
import type { Reason, ScenarioVerdict, Verdict, VerdictKind } from "./verdict.ts";

/** PASS, FAIL, INCONCLUSIVE or INVALID, with the evidence. Pure: the same plan and record give the same verdict. */
export function judge(plan: Plan, record: RunRecord): Verdict {
  const { machine } = record.fingerprint;
  const scenarios = plan.scenarios.map((scenario) => {
    const measured = record.scenarios.find((entry) => entry.name === scenario.name);
    const judged = measured === undefined ? neverRan(scenario) : judgeScenario(scenario, measured, machine);
    const ended = outOfMemoryReason(record, scenario.name);
    return ended === undefined ? judged : failedFor(ended, judged);
  });
  const micro = plan.micro?.map((subject) =>
    judgeMicro(
      subject,
      record.micro?.find((entry) => entry.name === subject.name),
      machine,
    ),
  );
  const parts = [...scenarios, ...(micro ?? [])];
  const kind = worst(parts.map((part) => part.kind));
  return {
    schema: "proofload/verdict/1",
    runId: record.runId,
    kind,
    exitCode: exitCodeOf(kind),
    sentence: sentenceOf(
      kind,
      [
        ...scenarios.map(({ scenario, ...rest }) => ({ name: scenario, ...rest })),
        ...(micro ?? []).map(({ subject, ...rest }) => ({ name: subject, ...rest })),
      ],
      record,
    ),
    scenarios,
    ...(micro === undefined ? {} : { micro }),
    requirements: judgeRequirements(plan, parts),
  };
}

function judgeScenario(plan: ScenarioPlan, record: ScenarioRecord, machine: MachineFacts): ScenarioVerdict {
  const validity = judgeValidity(plan, record, machine);
  const budgets = judgeBudgets(plan, record, machine);
  const reasons: Reason[] = [
    ...validity.invalid,
    ...budgets.flatMap((budget) => budgetReason(budget, "Drive the scenario for longer, or at a higher rate.")),
    ...outcomeReasons(record),
    ...(isStress(plan) ? [] : notSteady(plan, record)).map(
      (endpoint): Reason => ({
        kind: "INCONCLUSIVE",
        code: "not steady",
        sentence: `${endpoint} was still much slower at the start of the measured phase than later`,
        remedy: "Lengthen the warm-up.",
      }),
    ),
    ...(isStress(plan) ? stressReason(judgeStress(plan, record, machine), totalDropped(record)) : dropWarning(record)),
    ...strangersWarning(record, machine),
    ...throttlingWarnings(record),
  ];
  const kind = worst(reasons.map((reason) => reason.kind));
  return {
    scenario: plan.name,
    kind,
    reasons: byWeight(reasons),
    validity: validity.checks,
    budgets,
  };
}

/**
 * The kernel's word stands, whatever the instrument was like; what was measured until then is still shown. Checks that
 * a load which was cut short cannot meet say nothing.
 */
function failedFor(ended: Reason, judged: ScenarioVerdict): ScenarioVerdict {
  const others = judged.reasons.filter(({ kind }) => kind === "FAIL" || kind === "WARNING");
  return { ...judged, kind: "FAIL", reasons: [ended, ...others], validity: judged.validity.filter(({ ok }) => ok) };
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

/** Bursts too short to make the run INVALID may still be the service's p99. */
function strangersWarning(record: ScenarioRecord, machine: MachineFacts): Reason[] {
  const share = strangersShare(record, machine) ?? 0;
  if (share <= LIMITS.strangersNamed || share > LIMITS.strangersShare) return [];
  const sentence = `processes outside this run took more than half of the CPU for ${(share * 100).toFixed(1)} % of the time; high percentiles and maxima may be theirs`;
  return [{ kind: "WARNING", code: "noisy host", sentence }];
}

/** A scenario or a micro-benchmark. */
type Part = Omit<ScenarioVerdict, "scenario"> & { readonly name: string };

function sentenceOf(kind: VerdictKind, parts: readonly Part[], record: RunRecord): string {
  const found = parts.flatMap(({ name, reasons }) =>
    reasons
      .filter((reason) => reason.kind === kind)
      .map(({ code, sentence }) => ({ code, sentence: `${name}: ${sentence}` })),
  );
  const [first] = found;
  if (first === undefined) return passed(parts, record);
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : "";
  return `${kind === "INVALID" ? `INVALID(${first.code})` : kind}: ${first.sentence}${more}`;
}

function passed(parts: readonly Part[], record: RunRecord): string {
  const judged = parts.flatMap((part) => part.budgets).filter((budget) => budget.kind !== "NOT_COMPARABLE");
  const warned = judged.filter((budget) => budget.kind === "WARN").length;
  const canaries = record.scenarios.flatMap((scenario) => scenario.instrument.canary?.p99 ?? []);
  const warnings = warned === 0 ? "" : `, ${warned} of them over their target`;
  const evidence = canaries.length === 0 ? "" : ` (canary p99 ${figure(Math.max(...canaries), "ms")})`;
  return `PASS: all ${judged.length} budgets hold${warnings}; the instrument was sound${evidence}`;
}
