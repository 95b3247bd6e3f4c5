/**
 * JUnit XML as CI servers read it: a suite for each scenario, a case for each budget and each check of the instrument.
 * INVALID is an error (nothing was tested), FAIL and INCONCLUSIVE are failures, and where the instrument was not
 * sound its budgets are skipped: they are neither green nor red.
 */
import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import type {
  BudgetVerdict,
  MicroVerdict,
  Reason,
  ScenarioVerdict,
  ValidityCheck,
  Verdict,
} from "../verdict/verdict.ts";
import { formatCount, formatLimit, formatMargin } from "./format.ts";
import { plain } from "./plain.ts";
import { budgetLabel, checkValue, measuredLabel, recordOf, sum } from "./view.ts";

export interface Case {
  readonly name: string;
  readonly outcome: "passed" | "failure" | "error" | "skipped";
  readonly type?: string;
  readonly message?: string;
  readonly text?: string;
}

export function renderJunit(record: RunRecord, verdict: Verdict): string {
  const suites = [
    ...verdict.scenarios.map((scenario) => {
      const measured = recordOf(record, scenario);
      return { name: scenario.scenario, part: scenario, target: measured?.target, seconds: secondsOf(measured) };
    }),
    ...(verdict.micro ?? []).map((micro) => {
      const measured = record.micro?.find((entry) => entry.name === micro.subject);
      const seconds = measured === undefined ? 0 : (measured.endedAt - measured.startedAt) / 1000;
      return { name: micro.subject, part: micro, target: measured?.target, seconds };
    }),
  ].map((suite) => ({ ...suite, cases: casesOf(suite.part) }));
  const all = suites.flatMap((suite) => suite.cases);
  const seconds = sum(suites.map((suite) => suite.seconds));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: `proofload ${record.suite}`, ...counts(all), time: seconds.toFixed(3) })}>`,
    ...suites.flatMap((suite) => suiteLines(suite, record)),
    "</testsuites>",
    "",
  ].join("\n");
}

/** A scenario or a micro-benchmark. */
type Part = ScenarioVerdict | MicroVerdict;

interface Suite {
  readonly name: string;
  readonly part: Part;
  readonly target: string | undefined;
  readonly seconds: number;
  readonly cases: readonly Case[];
}

function suiteLines({ name, part, target, seconds, cases }: Suite, run: RunRecord): string[] {
  const time = seconds.toFixed(3);
  const className = `${target ?? "proofload"}.${name}`;
  const properties = { verdict: part.kind, run: run.runId, proofload: run.proofloadVersion };
  return [
    `  <testsuite${attributes({ name, ...counts(cases), time, timestamp: run.createdAt })}>`,
    "    <properties>",
    ...Object.entries(properties).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    "    </properties>",
    ...cases.flatMap((entry) => caseLines(entry, className)),
    "  </testsuite>",
  ];
}

export function caseLines({ name, outcome, type, message, text }: Case, className: string): string[] {
  // A budget has no duration of its own: the time is the scenario's, and said once, on the suite.
  const open = `    <testcase${attributes({ name, classname: className, time: "0" })}`;
  if (outcome === "passed") {
    return text === undefined
      ? [`${open}/>`]
      : [`${open}>`, `      <system-out>${escaped(text)}</system-out>`, "    </testcase>"];
  }
  const details = attributes({
    ...(message === undefined ? {} : { message }),
    ...(type === undefined ? {} : { type }),
  });
  const element =
    text === undefined ? `<${outcome}${details}/>` : `<${outcome}${details}>${escaped(text)}</${outcome}>`;
  return [`${open}>`, `      ${element}`, "    </testcase>"];
}

function casesOf(scenario: Part): Case[] {
  const checks = scenario.validity.map(checkCase);
  const budgets = scenario.budgets.map((budget) => budgetCase(budget, scenario));
  return [...checks, ...budgets, ...runCase(scenario, checks)];
}

function checkCase(check: ValidityCheck): Case {
  const text = `${checkValue(check.value, check.unit)}, limit ${checkValue(check.limit, check.unit)}: ${check.meaning}`;
  const name = `instrument: ${check.name}`;
  return check.ok
    ? { name, outcome: "passed", text }
    : { name, outcome: "error", type: "INVALID", message: `${check.name} was ${text}`, text };
}

function budgetCase(verdict: BudgetVerdict, scenario: Part): Case {
  const { subject, budget, kind, because } = verdict;
  const name = `${subject.name}: ${budgetLabel(budget)} (${budget.source})`;
  const text = [
    `measured ${measuredLabel(verdict)}`,
    `target ${formatLimit(budget.target, budget.unit)}`,
    `max ${formatLimit(budget.max, budget.unit)}`,
    `margin ${formatMargin(verdict.margin)}`,
    `${formatCount(verdict.count)} samples`,
    ...(because === undefined ? [] : [because]),
  ].join(", ");
  if (scenario.kind === "INVALID") {
    return { name, outcome: "skipped", message: "not judged: the run is INVALID", text };
  }
  switch (kind) {
    case "PASS":
      return { name, outcome: "passed", text };
    case "WARN":
      return { name, outcome: "passed", text: `WARNING: over its target; ${text}` };
    case "FAIL":
      return { name, outcome: "failure", type: "budget", message: `measured ${measuredLabel(verdict)}`, text };
    case "INCONCLUSIVE":
      return { name, outcome: "failure", type: "inconclusive", message: because ?? "not enough evidence", text };
    case "NOT_COMPARABLE":
      return { name, outcome: "skipped", message: because ?? "not comparable on this machine", text };
  }
}

/** What stopped or spoiled the run and is no budget and no check: never lost, or a red run would show as green. */
function runCase(scenario: Part, checks: readonly Case[]): Case[] {
  const name = "the run itself";
  const invalid = scenario.reasons.filter((reason) => reason.kind === "INVALID");
  const failures = scenario.reasons.filter((reason) => reason.kind === "FAIL" && reason.code !== "budget");
  const doubts = scenario.reasons.filter((reason) => reason.kind === "INCONCLUSIVE" && reason.code !== "budget");
  const told = (reasons: readonly Reason[]) =>
    reasons.map(({ sentence, remedy }) => (remedy === undefined ? sentence : `${sentence} → ${remedy}`)).join("\n");
  if (invalid.length > checks.filter((check) => check.outcome === "error").length) {
    return [{ name, outcome: "error", type: "INVALID", message: invalid[0]?.code ?? "", text: told(invalid) }];
  }
  if (failures.length > 0) {
    return [{ name, outcome: "failure", type: "FAIL", message: failures[0]?.code ?? "", text: told(failures) }];
  }
  return doubts.length === 0
    ? []
    : [{ name, outcome: "failure", type: "inconclusive", message: doubts[0]?.code ?? "", text: told(doubts) }];
}

export function counts(cases: readonly Case[]): Record<string, string> {
  const count = (outcome: Case["outcome"]) => String(cases.filter((entry) => entry.outcome === outcome).length);
  return {
    tests: String(cases.length),
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
  };
}

function secondsOf(record: ScenarioRecord | undefined): number {
  return record === undefined ? 0 : Math.max(0, record.outcome.endedAt - record.outcome.startedAt) / 1000;
}

export function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(plain(value, 300))}"`)
    .join("");
}

/** XML 1.0 has no way at all to hold most control characters: they are dropped, line by line. */
function escaped(text: string): string {
  return text
    .split("\n")
    .map((line) => plain(line, 1000))
    .join("\n")
    .replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
