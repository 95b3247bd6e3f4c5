import type { RunRecord } from "../../collect/record.ts";
import type { Plan } from "../../plan/plan.ts";
import type { BudgetVerdict, Reason, Verdict } from "../../verdict/verdict.ts";
import { formatCount, formatMargin, formatSeconds, formatValue } from "../format.ts";
import { SYMBOLS } from "../marks.ts";
import { budgetLabel, droppedOf, reasonsOfAll, sum, totalsOf } from "../view.ts";
import { html, type Markup } from "./markup.ts";

/** The verdict, why, and the five figures that a reader asks for first. */
export function bannerSection(record: RunRecord, verdict: Verdict, plan: Plan): Markup {
  return html`<header class="banner kind-${verdict.kind}">
<div class="inner">
<p class="brand">proofload <span>${record.suite}</span></p>
<h1><span class="sign" aria-hidden="true">${SYMBOLS[verdict.kind]}</span> ${verdict.kind}</h1>
<p class="sentence">${sentence(verdict)}</p>
<dl class="tiles">${tiles(record, verdict).map(
    ({ title, value, note }) => html`<div><dt>${title}</dt><dd>${value}<small>${note}</small></dd></div>`,
  )}</dl>
${reasons(verdict)}
<p class="run">Run <code>${record.runId}</code> · ${record.createdAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")}${commit(record)} · ${plan.environment.kind} environment${
    record.sharedHost ? " · another run shared this machine" : ""
  }</p>
</div>
</header>`;
}

/** Without the word that stands above it in large letters. */
function sentence({ kind, sentence }: Verdict): string {
  return sentence.startsWith(`${kind}: `) ? sentence.slice(kind.length + 2) : sentence;
}

/** The most important come first; more than these nobody reads before the tables. */
const MOST_REASONS = 40;

interface Tile {
  readonly title: string;
  readonly value: string;
  readonly note: string;
}

function tiles(record: RunRecord, verdict: Verdict): Tile[] {
  const parts = [...verdict.scenarios, ...(verdict.micro ?? [])];
  const budgets = parts.flatMap((part) => part.budgets);
  const judged = budgets.filter((budget) => budget.kind !== "NOT_COMPARABLE");
  const held = judged.filter((budget) => budget.kind === "PASS" || budget.kind === "WARN").length;
  const tightest = judged.reduce<BudgetVerdict | undefined>(
    (least, budget) =>
      budget.margin === undefined || (least?.margin !== undefined && least.margin <= budget.margin) ? least : budget,
    undefined,
  );
  const sound = parts.every((part) => part.validity.every((check) => check.ok));
  const proves = verdict.kind !== "INVALID";
  return [
    {
      title: proves ? "Budgets that hold" : "Budgets, not judged",
      value: proves ? `${held} of ${judged.length}` : String(judged.length),
      note: proves
        ? `${judged.filter((budget) => budget.kind === "WARN").length} over target, ${budgets.length - judged.length} not comparable`
        : "the instrument was not sound",
    },
    {
      title: "Tightest margin",
      value: formatMargin(tightest?.margin),
      note:
        tightest === undefined ? "no budget was measured" : `${tightest.subject.name}: ${budgetLabel(tightest.budget)}`,
    },
    ...(record.scenarios.length === 0 ? microTiles(record) : loadTiles(record)),
    {
      title: "Instrument",
      value: sound ? "sound" : "not sound",
      note: record.scenarios.length === 0 ? "in fresh processes" : canaryNote(record),
    },
  ];
}

function loadTiles(record: RunRecord): Tile[] {
  const measured = record.scenarios.flatMap((scenario) =>
    scenario.endpoints.filter((endpoint) => endpoint.phase === "measured"),
  );
  const { requests, failed } = totalsOf(measured);
  const dropped = sum(record.scenarios.map(droppedOf));
  const seconds = sum(record.scenarios.map((scenario) => scenario.measuredSeconds));
  return [
    { title: "Requests", value: formatCount(requests), note: `in ${formatSeconds(seconds)}, warm-up not counted` },
    {
      title: "Errors",
      value: formatCount(failed + dropped),
      note: `${requests + dropped === 0 ? "–" : formatValue((failed + dropped) / (requests + dropped), "ratio")}${
        dropped === 0 ? " of all requests" : `, ${formatCount(dropped)} of them dropped iterations`
      }`,
    },
  ];
}

function microTiles(record: RunRecord): Tile[] {
  const micro = record.micro ?? [];
  const benches = micro.flatMap((subject) => subject.benches);
  const seconds = sum(micro.map((subject) => (subject.endedAt - subject.startedAt) / 1000));
  return [
    { title: "Benches", value: formatCount(benches.length), note: `of ${formatCount(micro.length)} subjects` },
    {
      title: "Calls",
      value: millions(sum(benches.map((bench) => bench.calls))),
      note: `in ${formatSeconds(seconds)}, warm-up not counted`,
    },
  ];
}

/** A tile has room for nine digits. */
function millions(calls: number): string {
  return calls < 1e8 ? formatCount(calls) : `${formatCount(calls / 1e6)} M`;
}

function canaryNote(record: RunRecord): string {
  const canary = record.scenarios.flatMap((scenario) => scenario.instrument.canary?.p99 ?? []);
  return canary.length === 0 ? "no canary" : `canary p99 ${formatValue(Math.max(...canary), "ms")}`;
}

function reasons(verdict: Verdict): Markup | undefined {
  const all = reasonsOfAll(verdict);
  return all.length === 0
    ? undefined
    : html`<section class="reasons" aria-label="Why"><h2>Why</h2><ul>${all.slice(0, MOST_REASONS).map(({ name, reason }) => reasonItem(name, reason))}</ul>${
        all.length > MOST_REASONS
          ? html`<p class="hint">${all.length - MOST_REASONS} more are in report.json.</p>`
          : undefined
      }</section>`;
}

function reasonItem(scenario: string, reason: Reason): Markup {
  return html`<li class="kind-${reason.kind}"><span class="sign" aria-hidden="true">${SYMBOLS[reason.kind]}</span>
<div><p><strong>${reason.kind === "WARNING" ? "Warning" : reason.kind}</strong> · ${scenario} · ${reason.code}</p><p>${reason.sentence}</p>${
    reason.remedy === undefined ? undefined : html`<p class="remedy">${reason.remedy}</p>`
  }</div></li>`;
}

function commit({ commit }: RunRecord): Markup | undefined {
  return commit === undefined
    ? undefined
    : html` · commit <code>${commit.sha.slice(0, 10)}</code>${commit.dirty ? " with local changes" : ""}`;
}
