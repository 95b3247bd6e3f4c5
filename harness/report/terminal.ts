import type { RunRecord, ScenarioRecord, StreamBooks } from "../collect/record.ts";
import type { Plan } from "../plan/plan.ts";
import type { MicroVerdict, Reason, ScenarioVerdict, ValidityCheck, Verdict } from "../verdict/verdict.ts";
import { type Painter, type Palette, palette } from "./ansi.ts";
import { formatSeconds, formatValue } from "./format.ts";
import { hardwareLine } from "./hardware.ts";
import { colourOf, SYMBOLS } from "./marks.ts";
import { microTable } from "./micro-table.ts";
import { nextCommand } from "./next-command.ts";
import { cutTo, plain, widthOf, wrap } from "./plain.ts";
import { streamSentences } from "./stream-table.ts";
import { terminalTable } from "./terminal-table.ts";
import {
  checkValue,
  iterationsLabel,
  machineLabel,
  notMeasuredByTarget,
  reasonsOf,
  recordOf,
  speedLabel,
} from "./view.ts";

export interface TerminalOptions {
  readonly colour: boolean;
  /** Cells; less than 60 is drawn as 60. */
  readonly columns: number;
  /** The run directory as the user would type it; left out where no report was written. */
  readonly directory?: string;
  /** The live dashboard of the run, where there is one. */
  readonly dashboard?: string;
  /** What the run could have shown, see could-detect.ts. */
  readonly detectable?: readonly string[];
  /** How this user calls proofload; "npx proofload" unless told otherwise. */
  readonly program?: string;
}

/** The whole result for a terminal. Its last lines: the verdict in a sentence, the report, one next command. */
export function renderTerminal(record: RunRecord, verdict: Verdict, plan: Plan, options: TerminalOptions): string {
  const paint = palette(options.colour);
  const columns = Math.min(140, Math.max(60, options.columns));
  const lines = [
    headline(record, paint, columns),
    ...wrapped(machineLine(record), "  ", columns, paint.dim),
    "",
    ...verdict.scenarios.flatMap((scenario) => [
      ...scenarioLines(scenario, recordOf(record, scenario), paint, columns),
      "",
    ]),
    ...(verdict.micro ?? []).flatMap((micro) => [...microLines(micro, record, paint, columns), ""]),
    ...notMeasuredLines(verdict, paint, columns),
    ...(options.detectable ?? []).flatMap((line) => wrapped(plain(line, 400), "  ", columns, paint.dim)),
    ...((options.detectable ?? []).length === 0 ? [] : [""]),
    ...lastLines(verdict, plan, options, paint, columns),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function headline(record: RunRecord, paint: Palette, columns: number): string {
  const left = `proofload ${plain(record.suite, 40)}`;
  const right = `run ${plain(record.runId, 60)}${record.sharedHost ? ", on a shared machine" : ""}`;
  const gap = columns - 2 - widthOf(left) - widthOf(right);
  return gap > 1 ? `  ${paint.bold(left)}${" ".repeat(gap)}${paint.dim(right)}` : `  ${paint.bold(left)}`;
}

function machineLine({ fingerprint }: RunRecord): string {
  return `${plain(machineLabel(fingerprint), 200)} · ${speedLabel(fingerprint)}`;
}

function scenarioLines(
  scenario: ScenarioVerdict,
  record: ScenarioRecord | undefined,
  paint: Palette,
  columns: number,
): string[] {
  const reasons = reasonsOf(scenario);
  const colour = colourOf(scenario.kind, paint);
  const badge = `${SYMBOLS[scenario.kind]} ${scenario.kind}`;
  const title = record === undefined ? "" : plain(record.title);
  const name = plain(scenario.scenario, 40);
  const room = columns - widthOf(badge) - widthOf(name) - 7;
  return [
    `  ${colour(paint.bold(badge))}  ${paint.bold(name)}${title === "" || room < 8 ? "" : ` · ${cutTo(title, room)}`}`,
    ...(record === undefined ? [] : wrapped(about(record), "    ", columns, paint.dim)),
    "",
    ...terminalTable(scenario, record, paint, columns),
    ...evidence(scenario.validity, paint, columns),
    ...streamLines(record?.books.stream, paint, columns),
    ...(reasons.length === 0 ? [] : [""]),
    ...reasons.flatMap((reason, index) => {
      // Several reasons may share a remedy: it is said once, after the last of them.
      const again = reasons.slice(index + 1).some((later) => later.remedy === reason.remedy);
      return reasonLines(reason, !again, paint, columns);
    }),
  ];
}

function microLines(micro: MicroVerdict, run: RunRecord, paint: Palette, columns: number): string[] {
  const record = run.micro?.find((entry) => entry.name === micro.subject);
  const colour = colourOf(micro.kind, paint);
  const reasons = reasonsOf(micro);
  const title = record === undefined ? "" : ` · ${plain(record.title, 80)}`;
  const processes = record?.processes.length ?? 0;
  const peak = Math.max(0, ...(record?.processes ?? []).map((process) => process.peakRssBytes));
  const facts = `${plain(record?.target ?? "", 40)} · ${processes === 1 ? "one fresh process" : `${processes} fresh processes`} · peak memory ${formatValue(peak, "bytes")}`;
  return [
    `  ${colour(paint.bold(`${SYMBOLS[micro.kind]} ${micro.kind}`))}  ${paint.bold(plain(micro.subject, 40))}${title}`,
    ...(record === undefined ? [] : wrapped(facts, "    ", columns, paint.dim)),
    "",
    ...microTable(micro, record, paint, columns),
    ...evidence(micro.validity, paint, columns),
    ...(reasons.length === 0 ? [] : [""]),
    ...reasons.flatMap((reason, index) => {
      const again = reasons.slice(index + 1).some((later) => later.remedy === reason.remedy);
      return reasonLines(reason, !again, paint, columns);
    }),
  ];
}

function about(record: ScenarioRecord): string {
  const warmup = record.warmupSeconds > 0 ? ` after ${formatSeconds(record.warmupSeconds)} of warm-up` : "";
  const measured = `${formatSeconds(record.measuredSeconds)} measured${warmup}`;
  const hardware = hardwareLine(record);
  const on = hardware === undefined ? "" : ` · ${plain(hardware, 120)}`;
  return `${plain(record.target, 40)} · ${measured} · ${iterationsLabel(record)}${on}`;
}

/** Figures with a limit one by one; what must be zero and is, together. */
function evidence(checks: readonly ValidityCheck[], paint: Palette, columns: number): string[] {
  const said = (check: ValidityCheck) =>
    `${plain(check.name, 40)} ${checkValue(check.value, check.unit)} (limit ${checkValue(check.limit, check.unit)})`;
  const broken = checks.filter((check) => !check.ok);
  const figures = checks.filter((check) => check.ok && check.limit !== 0);
  const zeros = checks.filter((check) => check.ok && check.limit === 0).map((check) => plain(check.name, 40));
  const sound = [...figures.map(said), ...(zeros.length === 0 ? [] : [`0 in ${zeros.join(", ")}`])].join(" · ");
  return [
    "",
    ...(broken.length === 0
      ? []
      : wrapped(`instrument not sound: ${broken.map(said).join(" · ")}`, "    ", columns, paint.magenta)),
    ...(sound === ""
      ? []
      : wrapped(
          `${broken.length === 0 ? "instrument sound: " : "the rest holds: "}${sound}`,
          "    ",
          columns,
          paint.dim,
        )),
  ];
}

/** Where the samples are; in the colour of a warning while the database lacks any. */
function streamLines(books: StreamBooks | undefined, paint: Palette, columns: number): string[] {
  if (books === undefined) return [];
  const isWhole = books.rejectedLines === 0 && books.lines.every((line) => line.sent === line.written);
  return wrapped(streamSentences(books).join(" "), "    ", columns, isWhole ? paint.dim : paint.yellow);
}

function reasonLines(reason: Reason, withRemedy: boolean, paint: Palette, columns: number): string[] {
  const colour = colourOf(reason.kind, paint);
  const [first = "", ...more] = wrap(plain(reason.sentence, 400), columns - 4);
  return [
    `  ${colour(SYMBOLS[reason.kind])} ${first}`,
    ...more.map((line) => `    ${line}`),
    ...(reason.remedy === undefined || !withRemedy
      ? []
      : wrapped(`→ ${plain(reason.remedy, 300)}`, "    ", columns, paint.cyan)),
  ];
}

function notMeasuredLines(verdict: Verdict, paint: Palette, columns: number): string[] {
  const targets = notMeasuredByTarget(verdict);
  const counts = targets.map(({ target, missing, promised }) => `${plain(target, 40)} ${missing} of ${promised}`);
  return targets.length === 0
    ? []
    : [...wrapped(`promises not measured in this run: ${counts.join(" · ")}`, "  ", columns, paint.dim), ""];
}

function lastLines(verdict: Verdict, plan: Plan, options: TerminalOptions, paint: Palette, columns: number): string[] {
  const colour = colourOf(verdict.kind, paint);
  const next = nextCommand(verdict, plan, options.program ?? "npx proofload");
  return [
    ...wrapped(plain(verdict.sentence, 500), "  ", columns, (line) => colour(paint.bold(line))),
    ...(options.dashboard === undefined ? [] : [`  Grafana: ${plain(options.dashboard, 4096)}`]),
    ...(options.directory === undefined ? [] : [`  Report: ${plain(options.directory, 4096)}/report.html`]),
    `  Next:   ${paint.cyan(next)}`,
  ];
}

function wrapped(text: string, indent: string, columns: number, painter: Painter): string[] {
  return wrap(text, columns - indent.length).map((line) => `${indent}${painter(line)}`);
}
