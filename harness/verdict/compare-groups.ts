import type { Difference } from "../plan/differences.ts";
import { METRICS, type Unit, unitOf } from "../plan/metrics.ts";
import { besideFirst, distinct, type Label, type StoredRun } from "./comparable.ts";
import { groupExitCodeOf } from "./exit-code.ts";
import { groupLabels } from "./group-labels.ts";
import { type GroupSample, groupSamples, soundFigures } from "./group-samples.ts";
import { holmLevels, type Level, testOf } from "./group-test.ts";
import { detectableShift } from "./noise.ts";
import type { FigureName } from "./run-figures.ts";
import { median, variance } from "./stats/moments.ts";

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
  const samples = groupSamples(mine, theirs);
  const deciding = samples.filter(({ name, because }) => decides(name) && because === undefined);
  const corrected = holmLevels(deciding, rules.alpha);
  const rows = samples.map((sample): GroupRow => {
    const row = rowOf(sample);
    if (sample.because !== undefined) return { ...row, verdict: "inconclusive", because: sample.because };
    const level = corrected.get(sample) ?? { level: rules.alpha };
    return { ...row, ...tested(sample, row, { level, rules, family: deciding.length }) };
  });
  const judged = rows.filter((row) => row.decides);
  const verdict = verdictOf(judged);
  const runs = [...left.runs, ...right.runs];
  const besides = besideFirst(runs);
  return {
    schema: "proofload/group-comparison/1",
    left: groupOf(left),
    right: groupOf(right),
    differences: distinct(besides.flatMap(({ differences }) => differences)),
    labels: groupLabels({
      besides,
      invalid: [...mine, ...theirs].reduce((sum, { invalid }) => sum + invalid, 0),
      shared: runs.filter(({ record }) => record.sharedHost).length,
    }),
    rules,
    rows,
    verdict,
    exitCode: groupExitCodeOf(verdict),
    sentence: sentenceOf(verdict, judged),
  };
}

/** Of a bench a run has but one time, its mean. */
function decides({ metric, statistic }: FigureName): boolean {
  return metric === "time" || (metric === "latency" && (statistic === "p50" || statistic === "p95"));
}

function rowOf({ name, values }: GroupSample): Omit<GroupRow, "verdict"> {
  const { part, subject, metric, statistic } = name;
  return {
    part,
    subject,
    metric,
    statistic,
    unit: unitOf(metric, statistic),
    better: METRICS[metric].better,
    decides: decides(name),
    left: sideOf(values.left),
    right: sideOf(values.right),
  };
}

function sideOf(values: readonly number[]): GroupSide {
  return { runs: values.length, ...(values.length === 0 ? {} : { median: median(values) }) };
}

function tested(
  sample: GroupSample,
  row: Omit<GroupRow, "verdict">,
  {
    level: { level, p: corrected },
    rules: { alpha, margin },
    family,
  }: { readonly level: Level; readonly rules: GroupRules; readonly family: number },
): Pick<GroupRow, "test" | "ratio" | "p" | "verdict" | "detectable"> {
  const strictest = row.decides ? alpha / family : alpha;
  const { test, p, interval } = testOf(sample, strictest);
  const { value, ...ends } = interval(level);
  const shift = { lower: ends.lower - sample.blur, upper: ends.upper + sample.blur };
  const { left, right } = sample;
  const parts = [variance(left) / left.length, variance(right) / right.length] as const;
  const error = Math.sqrt(parts[0] + parts[1]);
  const degrees =
    error === 0 ? 1 : error ** 4 / (parts[0] ** 2 / (left.length - 1) + parts[1] ** 2 / (right.length - 1));
  return {
    test,
    ratio: { value: Math.exp(value), lower: Math.exp(shift.lower), upper: Math.exp(shift.upper) },
    p: corrected ?? p,
    verdict: decided(shift, (corrected ?? p) <= alpha, row.better, Math.log1p(margin)),
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

function sentenceOf(verdict: GroupVerdict, deciding: readonly GroupRow[]): string {
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
