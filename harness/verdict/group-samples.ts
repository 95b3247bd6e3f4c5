/** What two groups of runs give a test: one number of every run, or why there is nothing to test. */
import type { StoredRun } from "./comparable.ts";
import { judge } from "./judge.ts";
import { type FigureName, isSameFigure, type RunFigure, runFigures } from "./run-figures.ts";
import { median } from "./stats/moments.ts";
import type { VerdictKind } from "./verdict.ts";

/** Fewer runs tell nothing of how runs differ. */
const FEWEST_RUNS = 3;

/** Where error rates are further apart, latencies are those of other requests: what fails fast would count as speed. */
const ERRORS_ALIKE = 0.01;

/** The figures of one run. */
export interface SoundFigures {
  readonly figures: readonly RunFigure[];
  /** Scenarios and micro-benchmarks that were left out. */
  readonly invalid: number;
}

/** One figure in both groups. */
export interface GroupSample {
  readonly name: FigureName;
  readonly values: { readonly left: readonly number[]; readonly right: readonly number[] };
  /** Their logarithms. */
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** How far the shift between the groups may lie off because of figures of which only the edges of a bucket are known. */
  readonly blur: number;
  /** Why it cannot be tested. */
  readonly because?: string;
}

/** Figures of an unsound instrument prove nothing. */
export function soundFigures({ plan, record }: StoredRun): SoundFigures {
  const verdict = judge(plan, record);
  const kinds = new Map<string, VerdictKind>([
    ...verdict.scenarios.map(({ scenario, kind }) => [scenario, kind] as const),
    ...(verdict.micro ?? []).map(({ subject, kind }) => [subject, kind] as const),
  ]);
  const figures = runFigures(record).filter(({ part }) => kinds.get(part) !== "INVALID");
  return { figures, invalid: [...kinds.values()].filter((kind) => kind === "INVALID").length };
}

/** Every figure that a run of either group has. */
export function groupSamples(left: readonly SoundFigures[], right: readonly SoundFigures[]): GroupSample[] {
  return distinctNames([...left, ...right].flatMap(({ figures }) => figures)).map((name) => {
    const [a, b] = [sideOf(name, left), sideOf(name, right)];
    const because = missingRuns(a, b) ?? endless(a, b) ?? withoutRatio(a, b) ?? otherErrors(name, left, right);
    return {
      name,
      values: { left: a.values, right: b.values },
      left: a.values.map(Math.log),
      right: b.values.map(Math.log),
      blur: a.blur + b.blur,
      ...(because === undefined ? {} : { because }),
    };
  });
}

interface Side {
  /** Where only the edges of a bucket are known, their geometric middle. */
  readonly values: readonly number[];
  /** Largest distance between such a middle and an edge, on the log scale. */
  readonly blur: number;
  /** Runs whose drops reach into the percentile: there is no number, and the run was no good one. */
  readonly endless: number;
}

function sideOf(name: FigureName, runs: readonly SoundFigures[]): Side {
  const found = runs.flatMap(({ figures }) => figures.find((figure) => isSameFigure(figure, name))?.measured ?? []);
  const known = found.filter((measured) => "value" in measured || Number.isFinite(measured.upper));
  return {
    values: known.map((one) => ("value" in one ? one.value : Math.sqrt(one.lower * one.upper))),
    blur: Math.max(0, ...known.map((one) => ("value" in one ? 0 : Math.log(one.upper / one.lower) / 2))),
    endless: found.length - known.length,
  };
}

function missingRuns(left: Side, right: Side): string | undefined {
  const missing = [left, right].flatMap(({ values, endless: without }, index) => {
    const more = FEWEST_RUNS - values.length - without;
    return more > 0 ? [`${more} more run${more === 1 ? "" : "s"} on the ${index === 0 ? "left" : "right"}`] : [];
  });
  return missing.length === 0 ? undefined : `it needs ${missing.join(" and ")}`;
}

/** Without them the rest of a group that could not keep up would look sound. */
function endless(left: Side, right: Side): string | undefined {
  const found = [left, right].flatMap(({ endless: runs }, index) =>
    runs === 0 ? [] : [`${runs} run${runs === 1 ? "" : "s"} on the ${index === 0 ? "left" : "right"}`],
  );
  return found.length === 0 ? undefined : `dropped iterations reach into it in ${found.join(" and ")}`;
}

function withoutRatio(left: Side, right: Side): string | undefined {
  return [...left.values, ...right.values].every((value) => value > 0) ? undefined : "a figure of 0 has no ratio";
}

function otherErrors(
  { part, subject, metric }: FigureName,
  left: readonly SoundFigures[],
  right: readonly SoundFigures[],
): string | undefined {
  if (metric !== "latency") return undefined;
  const of = (runs: readonly SoundFigures[]) =>
    median(sideOf({ part, subject, metric: "error_rate", statistic: "value" }, runs).values);
  const [a, b] = [of(left), of(right)];
  if (!(Math.abs(a - b) > ERRORS_ALIKE)) return undefined;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return `of its requests ${percent(a)} failed on the left and ${percent(b)} on the right, so that others were measured`;
}

function distinctNames(figures: readonly FigureName[]): FigureName[] {
  const names = new Map(
    figures.map((figure) => [
      [figure.part, figure.subject.kind, figure.subject.name, figure.metric, figure.statistic].join("\0"),
      figure,
    ]),
  );
  return [...names.values()];
}
