import type { Difference } from "../plan/differences.ts";
import { METRICS, type Unit, unitOf } from "../plan/metrics.ts";
import { comparability, type Label, type StoredRun } from "./comparable.ts";
import { holmLevels, type Level, type TwoSamples, testOf } from "./group-test.ts";
import { judge } from "./judge.ts";
import { detectableShift } from "./noise.ts";
import { type FigureName, isSameFigure, type RunFigure, runFigures } from "./run-figures.ts";
import { median, variance } from "./stats/moments.ts";
import type { VerdictKind } from "./verdict.ts";

export type GroupVerdict = "slower" | "faster" | "same" | "inconclusive";

/** Two groups of runs. One number per run is the unit: requests of one run are never pooled. */
export interface GroupComparison {
  readonly schema: "proofload/group-comparison/1";
  readonly left: ComparedGroup;
  readonly right: ComparedGroup;
  /** Empty, unless the comparison was forced. */
  readonly differences: readonly Difference[];
  readonly labels: readonly Label[];
  readonly rules: GroupRules;
  readonly rows: readonly GroupRow[];
  readonly verdict: GroupVerdict;
  /** 1 slower, 2 inconclusive, 0 faster or same. */
  readonly exitCode: 0 | 1 | 2;
  readonly sentence: string;
}

export interface ComparedGroup {
  /** As it was given: a baseline's name, ids. */
  readonly name: string;
  readonly runs: readonly string[];
  readonly commits: readonly string[];
}

export interface GroupRules {
  /** Chance of one false alarm or more among the figures that decide. */
  readonly alpha: number;
  /** Changes inside ± this share are "same". */
  readonly margin: number;
}

const GROUP_RULES: GroupRules = { alpha: 0.05, margin: 0.03 };

export interface GroupRow extends FigureName {
  readonly unit: Unit;
  readonly better: "lower" | "higher";
  /** False: advisory. It has an interval of its own, and no say in the verdict. */
  readonly decides: boolean;
  readonly left: GroupSide;
  readonly right: GroupSide;
  readonly test?: "Mann-Whitney" | "Welch";
  /** Right divided by left, with the interval at the level that Holm's procedure leaves it. */
  readonly ratio?: { readonly value: number; readonly lower: number; readonly upper: number };
  /** Corrected for the family where it decides. */
  readonly p?: number;
  readonly verdict: GroupVerdict;
  /** The smallest change, as a share, that these runs would have shown in 8 of 10 cases. */
  readonly detectable?: number;
  /** Why there is no ratio: which runs are missing, or what has none. */
  readonly because?: string;
}

export interface GroupSide {
  readonly runs: number;
  /** Of the runs' figures; absent without a run. */
  readonly median?: number;
}

/** Fewer runs tell nothing of how runs differ. */
const FEWEST_RUNS = 3;

/** A name with a group of runs. */
export interface NamedGroup {
  readonly name: string;
  readonly runs: readonly StoredRun[];
}

/**
 * Every figure of two groups of runs. Those that decide (the median and the 95th percentile of every endpoint, the mean
 * time of every bench) are corrected for their family by Holm's procedure. Pure: the same runs give the same.
 */
export function compareGroups(left: NamedGroup, right: NamedGroup, rules: GroupRules = GROUP_RULES): GroupComparison {
  const [mine, theirs] = [left.runs.map(soundFigures), right.runs.map(soundFigures)];
  const names = distinctNames([...mine, ...theirs].flatMap(({ figures }) => figures));
  const samples = names.map((name) => sampleOf(name, mine, theirs));
  const deciding = samples.filter(({ row, because }) => row.decides && because === undefined);
  const corrected = holmLevels(deciding, rules.alpha);
  const rows = samples.map((sample): GroupRow => {
    if (sample.because !== undefined) return { ...sample.row, verdict: "inconclusive", because: sample.because };
    const level = corrected.get(sample);
    return tested(sample, level ?? { level: rules.alpha }, rules, deciding.length);
  });
  const verdict = verdictOf(rows.filter(({ decides }) => decides));
  const differences = [...left.runs.slice(1), ...right.runs].flatMap((run) =>
    left.runs[0] === undefined ? [] : comparability(left.runs[0], run).differences,
  );
  return {
    schema: "proofload/group-comparison/1",
    left: groupOf(left),
    right: groupOf(right),
    differences: distinct(differences),
    labels: labelsOf([...left.runs, ...right.runs], [...mine, ...theirs], differences.length > 0),
    rules,
    rows,
    verdict,
    exitCode: verdict === "slower" ? 1 : verdict === "inconclusive" ? 2 : 0,
    sentence: sentenceOf(verdict, rows),
  };
}

interface Figures {
  readonly figures: readonly RunFigure[];
  /** Scenarios and micro-benchmarks that were left out. */
  readonly invalid: number;
}

/** Figures of an unsound instrument prove nothing. */
function soundFigures({ plan, record }: StoredRun): Figures {
  const verdict = judge(plan, record);
  const kinds = new Map<string, VerdictKind>([
    ...verdict.scenarios.map(({ scenario, kind }) => [scenario, kind] as const),
    ...(verdict.micro ?? []).map(({ subject, kind }) => [subject, kind] as const),
  ]);
  const figures = runFigures(record).filter(({ part }) => kinds.get(part) !== "INVALID");
  return { figures, invalid: [...kinds.values()].filter((kind) => kind === "INVALID").length };
}

interface Sample extends TwoSamples {
  readonly row: Omit<GroupRow, "verdict">;
  readonly because?: string;
}

function sampleOf(name: FigureName, left: readonly Figures[], right: readonly Figures[]): Sample {
  const { part, subject, metric, statistic } = name;
  const [a, b] = [valuesOf(name, left), valuesOf(name, right)];
  const row = {
    part,
    subject,
    metric,
    statistic,
    unit: unitOf(metric, statistic),
    better: METRICS[metric].better,
    decides: decides(name),
    left: sideOf(a),
    right: sideOf(b),
  };
  const because = becauseOf(a, b);
  return { row, left: a.map(Math.log), right: b.map(Math.log), ...(because === undefined ? {} : { because }) };
}

function decides({ subject, metric, statistic }: FigureName): boolean {
  return (
    (subject.kind === "endpoint" && metric === "latency" && (statistic === "p50" || statistic === "p95")) ||
    (subject.kind === "bench" && metric === "time" && statistic === "mean")
  );
}

/** Where only the edges of a bucket are known, their geometric middle; none where drops reach into the percentile. */
function valuesOf(name: FigureName, runs: readonly Figures[]): number[] {
  return runs.flatMap(({ figures }) => {
    const measured = figures.find((figure) => isSameFigure(figure, name))?.measured;
    if (measured === undefined) return [];
    const value = "value" in measured ? measured.value : Math.sqrt(measured.lower * measured.upper);
    return Number.isFinite(value) ? [value] : [];
  });
}

function sideOf(values: readonly number[]): GroupSide {
  return { runs: values.length, ...(values.length === 0 ? {} : { median: median(values) }) };
}

function becauseOf(left: readonly number[], right: readonly number[]): string | undefined {
  const missing = ([left, right] as const).flatMap((values, index) => {
    const more = FEWEST_RUNS - values.length;
    return more > 0 ? [`${more} more run${more === 1 ? "" : "s"} on the ${index === 0 ? "left" : "right"}`] : [];
  });
  if (missing.length > 0) return `it needs ${missing.join(" and ")}`;
  return [...left, ...right].every((value) => value > 0) ? undefined : "a figure of 0 has no ratio";
}

function tested(
  sample: Sample,
  { level, p: corrected }: Level,
  { alpha, margin }: GroupRules,
  family: number,
): GroupRow {
  const strictest = sample.row.decides ? alpha / family : alpha;
  const { test, p, interval } = testOf(sample, strictest);
  const shift = interval(level);
  const { left, right } = sample;
  const parts = [variance(left) / left.length, variance(right) / right.length] as const;
  const error = Math.sqrt(parts[0] + parts[1]);
  const degrees =
    error === 0 ? 1 : error ** 4 / (parts[0] ** 2 / (left.length - 1) + parts[1] ** 2 / (right.length - 1));
  return {
    ...sample.row,
    test,
    ratio: { value: Math.exp(shift.value), lower: Math.exp(shift.lower), upper: Math.exp(shift.upper) },
    p: corrected ?? p,
    verdict: decided(shift, (corrected ?? p) <= alpha, sample.row.better, Math.log1p(margin)),
    detectable: Math.expm1(detectableShift(error, degrees, strictest)),
  };
}

/** "Same" is shown by an interval inside the margin; that nothing was found does not show it. */
function decided(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  isSignificant: boolean,
  better: "lower" | "higher",
  margin: number,
): GroupVerdict {
  if (lower >= -margin && upper <= margin) return "same";
  if (!isSignificant || (lower <= 0 && upper >= 0)) return "inconclusive";
  return lower > 0 === (better === "lower") ? "slower" : "faster";
}

function verdictOf(rows: readonly GroupRow[]): GroupVerdict {
  const has = (verdict: GroupVerdict) => rows.some((row) => row.verdict === verdict);
  if (has("slower")) return "slower";
  if (rows.length === 0 || has("inconclusive")) return "inconclusive";
  return has("faster") ? "faster" : "same";
}

function sentenceOf(verdict: GroupVerdict, rows: readonly GroupRow[]): string {
  const deciding = rows.filter(({ decides: own }) => own);
  const number = (kind: GroupVerdict) => deciding.filter((row) => row.verdict === kind).length;
  const because = deciding.find((row) => row.because !== undefined)?.because;
  if (deciding.length === 0) return "no figure that decides: there is no endpoint and no bench that both groups have";
  switch (verdict) {
    case "slower":
      return `slower in ${number("slower")} of ${deciding.length} figures`;
    case "faster":
      return `faster in ${number("faster")} of ${deciding.length} figures, slower in none`;
    case "same":
      return `the same within the margin in all ${deciding.length} figures`;
    case "inconclusive":
      return `${number("inconclusive")} of ${deciding.length} figures are not decided${because === undefined ? ": more runs tell" : `: ${because}`}`;
  }
}

function groupOf({ name, runs }: NamedGroup): ComparedGroup {
  const commits = runs.flatMap(({ record }) => (record.commit === undefined ? [] : [record.commit.sha]));
  return { name, runs: runs.map(({ record }) => record.runId), commits: [...new Set(commits)] };
}

function labelsOf(runs: readonly StoredRun[], figures: readonly Figures[], isForced: boolean): Label[] {
  const shared = runs.filter(({ record }) => record.sharedHost).length;
  const invalid = figures.reduce((sum, one) => sum + one.invalid, 0);
  const [first] = runs;
  const speed = runs
    .flatMap((run) => (first === undefined ? [] : comparability(first, run).labels))
    .filter(({ code }) => code === "different speed").length;
  return [
    ...(isForced
      ? [
          {
            code: "forced",
            sentence:
              "the runs are unlike, and were compared all the same: no ratio says anything about the service alone",
          },
        ]
      : []),
    ...(invalid > 0
      ? [{ code: "invalid", sentence: `${invalid} scenarios of single runs were INVALID, and are left out` }]
      : []),
    ...(shared > 0
      ? [{ code: "shared machine", sentence: `another run shared the machine with ${shared} of the runs` }]
      : []),
    ...(speed > 0
      ? [
          {
            code: "different speed",
            sentence: `before ${speed} of the runs the machine was not as fast as before the first`,
          },
        ]
      : []),
  ];
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

function distinct(differences: readonly Difference[]): Difference[] {
  return [...new Map(differences.map((one) => [JSON.stringify(one), one])).values()];
}
