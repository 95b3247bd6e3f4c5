/** What every form of an A/B report says, worked out once. */
import type { AbRecord, AbSide } from "../../collect/ab-record.ts";
import type { AbFigureVerdict, AbVerdict, AbVerdictKind } from "../../verdict/ab/ab-verdict.ts";
import { change, figureName } from "../../verdict/ab/decide-ab.ts";
import { nameOfMeasure } from "../../verdict/text.ts";
import { formatValue } from "../format.ts";
import type { Mark } from "../marks.ts";

/** Signs and colours are those of a run: what fails a build looks the same everywhere. */
const MARKS: Readonly<Record<AbVerdictKind, Mark>> = {
  REGRESSED: "FAIL",
  IMPROVED: "PASS",
  EQUIVALENT: "PASS",
  INCONCLUSIVE: "INCONCLUSIVE",
  INVALID: "INVALID",
};

export function markOf(kind: AbVerdictKind): Mark {
  return MARKS[kind];
}

/** "main (3f9ac1d2e4)", "shop:1.4 (sha256:77ae…)" */
export function sideLabel({ given, commit, digest }: AbSide): string {
  const of = commit === undefined ? digest?.slice(0, 19) : commit.sha.slice(0, 10);
  const said = commit?.dirty === true ? `${of} with local changes` : of;
  return said === undefined ? given : `${given} (${said})`;
}

export interface FigureText {
  readonly name: string;
  /** "write p50": for a narrow column. */
  readonly shortName: string;
  readonly base: string;
  readonly head: string;
  /** "+4.1 %" */
  readonly change: string;
  /** "+2.9 to +5.2 %" */
  readonly interval: string;
  /** "1.3 %": the smallest change that would have been seen. */
  readonly detectable: string;
  readonly said: string;
}

export function figureText(figure: AbFigureVerdict): FigureText {
  const { estimate, unit, base, head } = figure;
  const side = (value: number | undefined) => (value === undefined ? "–" : formatValue(value, unit));
  return {
    name: figureName(figure),
    shortName: shortName(figure),
    base: side(base),
    head: side(head),
    change: estimate === undefined ? "–" : `${change(estimate.ratio)} %`,
    interval: estimate === undefined ? "–" : intervalText(estimate.interval),
    detectable:
      estimate === undefined || !Number.isFinite(estimate.detectable)
        ? "–"
        : formatValue(Number(estimate.detectable.toPrecision(2)), "ratio"),
    said: figure.gated ? (figure.kind ?? "too few starts") : "advisory",
  };
}

function shortName({ subject, metric, statistic }: AbFigureVerdict): string {
  if (metric === "cpu_time") return `${subject.name} CPU per request`;
  return `${subject.name} ${metric === "latency" ? statistic : nameOfMeasure(metric, statistic)}`;
}

function intervalText({ lower, upper }: { readonly lower: number; readonly upper: number }): string {
  // Before the first look, and in a verdict that was read back: JSON knows no infinity.
  return Number.isFinite(upper) && lower > 0 ? `${change(lower)} to ${change(upper)} %` : "no limits yet";
}

/** "10 starts" and what became of the others. */
export function startsLabel(record: AbRecord, { starts, rules }: AbVerdict): string {
  const unsound = starts.unsound.length === 0 ? "" : `, ${starts.unsound.length} more were no evidence`;
  const seconds = record.starts[0]?.measuredSeconds;
  const each = seconds === undefined ? "" : `, ${Math.round(seconds)} s measured in each`;
  return `${starts.sound} of at most ${rules.mostStarts} starts${unsound}${each}`;
}

/** What this comparison could have detected (of the gated figures), in one sentence. */
export function detectableSentence({ figures, starts, rules }: AbVerdict): string {
  const known = figures.filter(
    ({ gated, estimate }) => gated && estimate !== undefined && Number.isFinite(estimate.detectable),
  );
  if (known.length === 0) {
    return `Nothing could have been detected yet: the first look comes after ${rules.minimumStarts} sound starts.`;
  }
  const each = known.map((figure) => `${figureName(figure)} from ${figureText(figure).detectable}`).join(", ");
  return `With ${starts.sound} starts at this noise, 4 of 5 comparisons would have seen a change of ${each}; a smaller one may be there unseen.`;
}

/** Whatever else a reader must know of how it was measured. */
export function designLabel({ design, load }: AbRecord): string {
  const how =
    design === "paired"
      ? "paired: both sides at once, every request to both in random order"
      : "blocks: one side after the other in random order, which sees less than requests side by side";
  const scaled =
    load === undefined || load.scale === 1 ? "" : `, at ${formatValue(load.scale, "ratio")} of the scenario's rate`;
  return `${how}${scaled}`;
}
