import type { RunRecord } from "../collect/record.ts";
import type { Difference } from "../plan/differences.ts";
import { METRICS, type Unit, unitOf } from "../plan/metrics.ts";
import type { Figure } from "./budgets.ts";
import { comparability, type Label, microOf, namesOf, pairsOf, type StoredRun } from "./comparable.ts";
import { judge } from "./judge.ts";
import { detectableByOne, type Noise } from "./noise.ts";
import { type FigureName, isSameFigure, microFigures, type RunFigure, scenarioFigures } from "./run-figures.ts";
import type { Measured, VerdictKind } from "./verdict.ts";

/** Two stored runs side by side. It has no verdict: one run against one run cannot tell a difference from noise. */
export interface Comparison {
  readonly schema: "proofload/comparison/1";
  readonly left: ComparedRun;
  readonly right: ComparedRun;
  /** Empty, unless the comparison was forced. */
  readonly differences: readonly Difference[];
  readonly labels: readonly Label[];
  readonly rows: readonly ComparedRow[];
  /** Names of scenarios and micro-benchmarks that only one of them has. */
  readonly onlyLeft: readonly string[];
  readonly onlyRight: readonly string[];
}

export interface ComparedRun {
  readonly runId: string;
  readonly createdAt: string;
  readonly suite: string;
  readonly commit?: RunRecord["commit"];
  readonly verdict: VerdictKind;
}

export interface ComparedRow extends FigureName {
  readonly unit: Unit;
  readonly better: "lower" | "higher";
  /** Absent where it was not measured. */
  readonly left?: Measured;
  readonly right?: Measured;
  /** Right divided by left; edges where a side has edges; absent where one has no end, or left is 0. */
  readonly ratio?: Measured;
  /** The smallest change, as a share, that one run against one run shows in 8 of 10 cases; absent where no history tells. */
  readonly detectable?: number;
}

/** What is known from other runs that are alike; undefined where there are too few of them. */
export type NoiseBook = (figure: FigureName) => Noise | undefined;

/** Two-sided level of what is called detectable. */
const ALPHA = 0.05;

/** Every figure that both runs have, and what makes them unlike. Pure: the same two runs give the same. */
export function compareRuns(left: StoredRun, right: StoredRun, noise: NoiseBook = () => undefined): Comparison {
  const { differences, labels } = comparability(left, right);
  const [mine, theirs] = [namesOf(left.record), namesOf(right.record)];
  const sides = { left: comparedRun(left), right: comparedRun(right) };
  return {
    schema: "proofload/comparison/1",
    ...sides,
    differences,
    labels: [...forcedLabels(differences), ...labels, ...invalidLabels(sides)],
    rows: [
      ...pairsOf(left.record.scenarios, right.record.scenarios).flatMap(([a, b]) =>
        rowsOf(scenarioFigures(a), scenarioFigures(b), noise),
      ),
      ...pairsOf(microOf(left.record), microOf(right.record)).flatMap(([a, b]) =>
        rowsOf(microFigures(a), microFigures(b), noise),
      ),
    ],
    onlyLeft: mine.filter((name) => !theirs.includes(name)),
    onlyRight: theirs.filter((name) => !mine.includes(name)),
  };
}

function comparedRun({ plan, record }: StoredRun): ComparedRun {
  const { runId, createdAt, suite, commit } = record;
  const { kind } = judge(plan, record);
  return { runId, createdAt, suite, ...(commit === undefined ? {} : { commit }), verdict: kind };
}

function forcedLabels(differences: readonly Difference[]): Label[] {
  const sentence = `the runs are unlike in ${differences.length} fields, and were compared all the same: no ratio says anything about the service alone`;
  return differences.length === 0 ? [] : [{ code: "forced", sentence }];
}

function invalidLabels(runs: Pick<Comparison, "left" | "right">): Label[] {
  return (["left", "right"] as const).flatMap((side) =>
    runs[side].verdict === "INVALID"
      ? [
          {
            code: "invalid run",
            sentence: `the ${side} run is INVALID: figures of an unsound instrument prove nothing`,
          },
        ]
      : [],
  );
}

/** In the order of the left one; what only the right one has comes behind. */
function rowsOf(left: readonly RunFigure[], right: readonly RunFigure[], noise: NoiseBook): ComparedRow[] {
  const onlyRight = right.filter((figure) => !left.some((other) => isSameFigure(figure, other)));
  return [
    ...left.map((figure) =>
      row(
        figure,
        figure,
        right.find((other) => isSameFigure(figure, other)),
        noise,
      ),
    ),
    ...onlyRight.map((figure) => row(figure, undefined, figure, noise)),
  ];
}

function row(
  { part, subject, metric, statistic }: FigureName,
  left: Figure | undefined,
  right: Figure | undefined,
  noise: NoiseBook,
): ComparedRow {
  const ratio = ratioOf(left?.measured, right?.measured);
  const known = ratio === undefined ? undefined : noise({ part, subject, metric, statistic });
  return {
    part,
    subject,
    metric,
    statistic,
    unit: unitOf(metric, statistic),
    better: METRICS[metric].better,
    ...(left?.measured === undefined ? {} : { left: left.measured }),
    ...(right?.measured === undefined ? {} : { right: right.measured }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(known === undefined ? {} : { detectable: detectableByOne(known, ALPHA) }),
  };
}

function ratioOf(left: Measured | undefined, right: Measured | undefined): Measured | undefined {
  if (left === undefined || right === undefined) return undefined;
  const [from, to] = edgesOf(left);
  const [lower, upper] = [edgesOf(right)[0] / to, edgesOf(right)[1] / from];
  if (![from, to, lower, upper].every(Number.isFinite)) return undefined;
  return lower === upper ? { value: lower } : { lower, upper };
}

function edgesOf(measured: Measured): readonly [number, number] {
  return "value" in measured ? [measured.value, measured.value] : [measured.lower, measured.upper];
}
