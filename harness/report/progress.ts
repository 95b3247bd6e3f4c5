/**
 * Live progress. The caller redraws the one line of a terminal as often as it likes, or writes a plain line every few
 * seconds where standard error is no terminal.
 */
import { type Palette, palette } from "./ansi.ts";
import { formatCount, formatValue } from "./format.ts";
import { cutTo, plain, widthOf } from "./plain.ts";

export interface ProgressState {
  readonly scenario: string;
  /** From 1. */
  readonly index: number;
  readonly of: number;
  readonly phase: "warm-up" | "measured" | "ending";
  /** Since the start of load, warm-up included. */
  readonly elapsedSeconds: number;
  readonly totalSeconds: number;
  /** Requests per second of the last whole second. */
  readonly rate: number;
  /** Over all endpoints, in the last whole second, milliseconds. */
  readonly p95?: number;
  /** Counted over the current phase. */
  readonly failed: number;
  readonly dropped: number;
  readonly vus: number;
  /** Budgets as they stand now; those without enough samples are in none of the counts. */
  readonly budgets?: { readonly held: number; readonly warned: number; readonly missed: number };
}

export interface ProgressOptions {
  readonly live: boolean;
  readonly columns: number;
  readonly colour?: boolean;
}

const BAR_CELLS = 16;
const STEPS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/** One line without a line break, never wider than `columns` when live. */
export function renderProgress(state: ProgressState, options: ProgressOptions): string {
  return options.live ? liveLine(state, options) : plainLine(state);
}

function liveLine(state: ProgressState, { columns, colour = false }: ProgressOptions): string {
  const paint = palette(colour);
  const place = state.of > 1 ? ` ${state.index}/${state.of}` : "";
  const name = cutTo(plain(state.scenario), 24);
  // From the most to the least important: what does not fit is left out from the end.
  const parts: readonly (readonly [string, string])[] = [
    [`${name}${place}`, `${paint.bold(name)}${place}`],
    barOf(state, paint),
    ...[
      timeLeft(state),
      formatValue(state.rate, "1/s"),
      `p95 ${state.p95 === undefined ? "–" : formatValue(state.p95, "ms")}`,
    ].map((text) => [text, text] as const),
    counted("errors", state.failed, paint),
    ...(state.budgets === undefined ? [] : [budgetsOf(state.budgets, paint)]),
    counted("dropped", state.dropped, paint),
    [`${formatCount(state.vus)} VUs`, paint.dim(`${formatCount(state.vus)} VUs`)],
  ];
  // The last cell stays free: a full line makes some terminals wrap.
  let room = columns - 1;
  let line = "";
  for (const [text, painted] of parts) {
    const separator = line === "" ? "" : "  ";
    room -= widthOf(text) + separator.length;
    if (room < 0) {
      break;
    }
    line += separator + painted;
  }
  return line === "" ? cutTo(name, Math.max(0, columns - 1)) : line;
}

function barOf({ elapsedSeconds, totalSeconds, phase }: ProgressState, paint: Palette): readonly [string, string] {
  const share = totalSeconds > 0 ? Math.min(1, Math.max(0, elapsedSeconds / totalSeconds)) : 0;
  const eighths = Math.floor(share * BAR_CELLS * 8);
  const bar = `${"█".repeat(Math.floor(eighths / 8))}${STEPS[eighths % 8] ?? ""}`.padEnd(BAR_CELLS, "·");
  const colour = phase === "warm-up" ? paint.yellow : paint.cyan;
  return [`${bar} ${phase}`, `${colour(bar)} ${phase}`];
}

function timeLeft({ elapsedSeconds, totalSeconds }: ProgressState): string {
  const left = Math.max(0, Math.ceil(totalSeconds - elapsedSeconds));
  return `${clock(left)} left`;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function counted(name: string, count: number, paint: Palette): readonly [string, string] {
  const text = `${name} ${formatCount(count)}`;
  return [text, count > 0 ? paint.red(text) : paint.dim(text)];
}

function budgetsOf(budgets: NonNullable<ProgressState["budgets"]>, paint: Palette): readonly [string, string] {
  const { held, warned, missed } = budgets;
  const text = `budgets ${held + warned}/${held + warned + missed}${warned > 0 ? ` (${warned} over target)` : ""}`;
  const colour = missed > 0 ? paint.red : warned > 0 ? paint.yellow : paint.green;
  return [text, colour(text)];
}

/** For logs: the same words in the same order every time, so that they can be searched. */
function plainLine(state: ProgressState): string {
  const { budgets } = state;
  return [
    `proofload: ${plain(state.scenario, 60)}`,
    ...(state.of > 1 ? [`(${state.index} of ${state.of})`] : []),
    `${state.phase} ${clock(state.elapsedSeconds)} of ${clock(state.totalSeconds)}:`,
    [
      formatValue(state.rate, "1/s"),
      `p95 ${state.p95 === undefined ? "–" : formatValue(state.p95, "ms")}`,
      `errors ${formatCount(state.failed)}`,
      `dropped ${formatCount(state.dropped)}`,
      `${formatCount(state.vus)} VUs`,
      ...(budgets === undefined
        ? []
        : [`budgets ${budgets.held} held, ${budgets.warned} over target, ${budgets.missed} missed`]),
      timeLeft(state),
    ].join(", "),
  ].join(" ");
}
