import type { CapacityRecord, CapacityStep } from "../../collect/capacity-record.ts";
import type { Budget } from "../../plan/plan.ts";
import { judgeFigure } from "../budgets.ts";
import { exitCodeOf } from "../exit-code.ts";
import { limitingResource } from "../limiting.ts";
import { figure } from "../text.ts";
import type { BudgetVerdict, Measured, Verdict, VerdictKind } from "../verdict.ts";
import type { Next } from "./search.ts";
import { OUT_OF_MEMORY } from "./step.ts";

export interface CapacityVerdict {
  readonly schema: "proofload/capacity-verdict/1";
  readonly runId: string;
  readonly kind: VerdictKind;
  readonly exitCode: Verdict["exitCode"];
  readonly sentence: string;
  /** The answer, requests per second; absent where the search gave up. */
  readonly capacity?: {
    /** Highest rate that held, for a confirmation; 0 where none did. */
    readonly held: number;
    /** Lowest rate that failed; absent where the search was not ended by the service: then `held` is a lower bound. */
    readonly failed?: number;
    readonly limitedBy: Limit;
  };
  /** Limits on the capacity. */
  readonly budgets: readonly BudgetVerdict[];
  /** What has to be known of the answer, as sentences. */
  readonly notes: readonly string[];
}

export interface Limit {
  /** A resource of verdict/limiting.ts, "generator", "rate asked for", or "unknown". */
  readonly resource: string;
  readonly evidence: string;
}

/** The end of a search, and what it means for the budgets on capacity. Pure. */
export function judgeCapacity(
  record: CapacityRecord,
  end: Exclude<Next, { next: "step" }>,
  budgets: readonly Budget[],
): CapacityVerdict {
  const about = { schema: "proofload/capacity-verdict/1", runId: record.runId } as const;
  const verdict = (kind: VerdictKind, sentence: string) => ({ kind, exitCode: exitCodeOf(kind), sentence });
  if (end.next === "give up") {
    const { kind, why } = noAnswer(record.steps, end.because);
    return { ...about, ...verdict(kind, `${kind}: ${why}`), budgets: [], notes: [] };
  }
  const limitedBy = limitOf(record, end);
  const capacity = { held: end.held, ...(end.failed === undefined ? {} : { failed: end.failed }), limitedBy };
  const measured = { lower: end.held, upper: end.failed ?? Number.POSITIVE_INFINITY };
  const ground = { machine: record.fingerprint.machine, layout: record.environment.layout };
  const judged = budgets.map((budget) =>
    scaled(
      judgeFigure(
        { kind: "scenario", name: record.scenario },
        budget,
        { measured, count: record.steps.length },
        ground,
      ),
      measured,
      record,
    ),
  );
  const kind =
    (["FAIL", "INCONCLUSIVE"] as const).find((one) => judged.some((budget) => budget.kind === one)) ?? "PASS";
  const missed = kind === "PASS" ? undefined : judged.find((budget) => budget.kind === kind);
  const against = missed === undefined ? "" : `; the budget is ${missed.budget.text}`;
  return {
    ...about,
    ...verdict(kind, `${kind}: ${answerOf(end)}, limited by the ${limitedBy.resource}${against}`),
    capacity,
    budgets: judged,
    notes: notesOf(record, end.held),
  };
}

function noAnswer(steps: CapacityRecord["steps"], because: GivenUp["because"]): { kind: VerdictKind; why: string } {
  if (because === "no end") {
    const why = `${steps.length} steps found no rate that held and another close above it that failed: the capacity moved`;
    return { kind: "INCONCLUSIVE", why };
  }
  const last = steps.at(-1);
  const reason = last?.reasons[0];
  return {
    // What the machine did to the instrument may be gone tomorrow; a script that throws stays one.
    kind: ENVIRONS.has(reason?.code) ? "INCONCLUSIVE" : "INVALID",
    why: `${figure(last?.rate ?? 0, "1/s")} could not be measured twice in a row: ${reason?.sentence}`,
  };
}

const ENVIRONS: ReadonlySet<string | undefined> = new Set(["generator", "noisy host"]);

type Answer = Extract<Next, { next: "answer" }>;
type GivenUp = Extract<Next, { next: "give up" }>;

function answerOf({ held, failed }: Answer): string {
  if (failed === undefined) return `${figure(held, "1/s")} held, and more was not asked for: a lower bound`;
  return held === 0
    ? `not even ${figure(failed, "1/s")} held`
    : `${figure(held, "1/s")} held and ${figure(failed, "1/s")} did not`;
}

function limitOf({ steps, search }: CapacityRecord, { held, failed, endedBy }: Answer): Limit {
  const at = (rate: number | undefined, outcome: CapacityStep["outcome"]) =>
    steps.findLast((step) => step.rate === rate && step.outcome === outcome);
  const best = at(held, "held");
  if (endedBy === "generator") {
    const { cpu = 0, ceiling = 0 } = best?.generator ?? {};
    const used = `k6 used ${Number(cpu.toFixed(2))} cores at ${figure(held, "1/s")}`;
    return {
      resource: "generator",
      evidence: `${used}; beyond ${figure(ceiling, "1/s")} it would take more of this machine than it may`,
    };
  }
  if (endedBy === "asked") {
    const evidence = `the search ends at ${figure(search.to ?? held, "1/s")}: by --to, by what may leave this machine, or by the VUs of one k6`;
    return { resource: "rate asked for", evidence };
  }
  const death = at(failed, "failed")?.reasons.find(({ code }) => code === OUT_OF_MEMORY);
  if (death !== undefined) return { resource: "service memory", evidence: death.sentence };
  const limiting = limitingResource(at(failed, "failed")?.resources ?? [], best?.resources ?? []);
  return limiting === undefined
    ? {
        resource: "unknown",
        evidence: "nothing that is sampled here was used up: a lock, a limit of the service's own, or a dependency",
      }
    : { resource: limiting.resource, evidence: limiting.evidence };
}

/**
 * A limit that was declared for larger hardware neither passes nor fails here. What it would be in proportion to the
 * CPUs is said, and labelled: throughput follows them at best.
 */
function scaled(
  verdict: BudgetVerdict,
  { lower, upper }: Extract<Measured, { lower: number }>,
  { fingerprint, environment }: CapacityRecord,
): BudgetVerdict {
  const declared = verdict.budget.boundTo;
  if (verdict.kind !== "NOT_COMPARABLE" || declared === undefined) return verdict;
  const { layout } = environment;
  const cpus =
    layout === undefined
      ? fingerprint.machine.cpus
      : Object.values(layout.parts).reduce((sum, part) => sum + part.cpus, 0);
  if (cpus >= declared.cpus) return verdict;
  const limit = (verdict.budget.max * cpus) / declared.cpus;
  const said = lower > limit ? "which it reaches" : upper <= limit ? "which it does not reach" : "which is not decided";
  const scale = `scaled to ${Number(cpus.toFixed(2))} of ${declared.cpus} CPUs it would be ${figure(limit, "1/s")}, ${said}`;
  return { ...verdict, because: [verdict.because, scale].join("; ") };
}

function notesOf({ steps, environment, search }: CapacityRecord, held: number): string[] {
  const best = steps.findLast((step) => step.rate === held && step.outcome === "held");
  const broken = steps.filter((step) => step.purpose === "confirm" && step.outcome === "failed").length;
  const invalid = steps.filter(({ outcome }) => outcome === "invalid").length;
  const deaths = steps.filter(({ reasons }) => reasons.some(({ code }) => code === OUT_OF_MEMORY)).length;
  return [
    ...(best?.unjudged ?? []).map((text) => `not judged at the rate that held: ${text}`),
    ...(broken === 0
      ? []
      : [`${broken} rates held for ${search.stepSeconds} s and broke within ${search.stepSeconds * 3} s`]),
    ...(invalid === 0 ? [] : [`${invalid} steps were invalid and driven again`]),
    ...(deaths === 0
      ? []
      : [`out of memory at ${deaths} of ${steps.length} steps: the service was started again, on fresh data`]),
    ...(environment.kind === "url"
      ? ["the service runs elsewhere: what limits it is only known as far as it says so"]
      : []),
  ];
}
