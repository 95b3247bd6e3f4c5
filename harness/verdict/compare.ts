import type { BenchRecord } from "../collect/micro-record.ts";
import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { Difference } from "../plan/differences.ts";
import { METRICS, type MetricName, type Statistic, type Unit, unitOf } from "../plan/metrics.ts";
import { endpointFigure, scenarioFigure } from "./budgets.ts";
import { comparability, type Label, namesOf, pairsOf, type StoredRun } from "./comparable.ts";
import { judge } from "./judge.ts";
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

export interface ComparedRow {
  /** Scenario or micro-benchmark. */
  readonly part: string;
  readonly subject: { readonly kind: "endpoint" | "scenario" | "bench"; readonly name: string };
  readonly metric: MetricName;
  readonly statistic: Statistic;
  readonly unit: Unit;
  readonly better: "lower" | "higher";
  /** Absent where it was not measured. */
  readonly left?: Measured;
  readonly right?: Measured;
  /** Right divided by left; edges where a side has edges; absent where one has no end, or left is 0. */
  readonly ratio?: Measured;
}

/** Every figure that both runs have, and what makes them unlike. Pure: the same two runs give the same. */
export function compareRuns(left: StoredRun, right: StoredRun): Comparison {
  const { differences, labels } = comparability(left, right);
  const [mine, theirs] = [namesOf(left.record), namesOf(right.record)];
  const sides = { left: comparedRun(left), right: comparedRun(right) };
  return {
    schema: "proofload/comparison/1",
    ...sides,
    differences,
    labels: [...forcedLabels(differences), ...labels, ...invalidLabels(sides)],
    rows: [
      ...pairsOf(left.record.scenarios, right.record.scenarios).flatMap(([a, b]) => scenarioRows(a, b)),
      ...pairsOf(left.record.micro ?? [], right.record.micro ?? []).flatMap(([a, b]) =>
        benchRows(a.name, a.benches, b.benches),
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

type Measure = readonly [MetricName, Statistic];

const OF_ENDPOINTS: readonly Measure[] = [
  ["latency", "p50"],
  ["latency", "p95"],
  ["latency", "p99"],
  ["error_rate", "value"],
  ["request_rate", "value"],
];

function scenarioRows(left: ScenarioRecord, right: ScenarioRecord): ComparedRow[] {
  const endpoints = distinct([left, right].flatMap((record) => endpointsOf(record)));
  const measures = (name: string | undefined) =>
    distinct(
      [left, right].flatMap((record) =>
        record.measures
          .filter((one) => one.endpoint === name && one.metric !== "k6_threshold")
          .map(({ metric, statistic }) => `${metric} ${statistic}`),
      ),
    ).map((text) => text.split(" ") as [MetricName, Statistic]);
  return [
    ...endpoints.flatMap((name) =>
      [...OF_ENDPOINTS, ...measures(name)].map(([metric, statistic]) => {
        const budget = { metric, statistic, text: "" };
        const figures = [endpointFigure(name, budget, left), endpointFigure(name, budget, right)] as const;
        return row(left.name, { kind: "endpoint", name }, budget, figures);
      }),
    ),
    ...[["request_rate", "value"] as const, ["error_rate", "value"] as const, ...measures(undefined)].map(
      ([metric, statistic]) => {
        const budget = { metric, statistic, text: "" };
        const figures = [scenarioFigure(budget, left), scenarioFigure(budget, right)] as const;
        return row(left.name, { kind: "scenario", name: left.name }, budget, figures);
      },
    ),
  ];
}

function endpointsOf({ endpoints }: ScenarioRecord): string[] {
  return endpoints.filter(({ phase }) => phase === "measured").map(({ endpoint }) => endpoint);
}

function benchRows(part: string, left: readonly BenchRecord[], right: readonly BenchRecord[]): ComparedRow[] {
  const named = (benches: readonly BenchRecord[]) =>
    benches.map((bench) => ({ ...bench, name: bench.size === undefined ? bench.name : `${bench.name}/${bench.size}` }));
  return pairsOf(named(left), named(right)).flatMap(([a, b]) => [
    row(part, { kind: "bench", name: a.name }, { metric: "time", statistic: "mean" }, [
      { measured: { value: a.time.mean } },
      { measured: { value: b.time.mean } },
    ]),
    row(part, { kind: "bench", name: a.name }, { metric: "bytes", statistic: "mean" }, [
      { measured: a.bytes === undefined ? undefined : { value: a.bytes.median } },
      { measured: b.bytes === undefined ? undefined : { value: b.bytes.median } },
    ]),
  ]);
}

function row(
  part: string,
  subject: ComparedRow["subject"],
  { metric, statistic }: { readonly metric: MetricName; readonly statistic: Statistic },
  [left, right]: readonly [{ readonly measured: Measured | undefined }, { readonly measured: Measured | undefined }],
): ComparedRow {
  const ratio = ratioOf(left.measured, right.measured);
  return {
    part,
    subject,
    metric,
    statistic,
    unit: unitOf(metric, statistic),
    better: METRICS[metric].better,
    ...(left.measured === undefined ? {} : { left: left.measured }),
    ...(right.measured === undefined ? {} : { right: right.measured }),
    ...(ratio === undefined ? {} : { ratio }),
  };
}

function ratioOf(left: Measured | undefined, right: Measured | undefined): Measured | undefined {
  if (left === undefined || right === undefined) return undefined;
  const lower = edgesOf(right)[0] / edgesOf(left)[1];
  const upper = edgesOf(right)[1] / edgesOf(left)[0];
  if (!Number.isFinite(lower) || !Number.isFinite(upper)) return undefined;
  return lower === upper ? { value: lower } : { lower, upper };
}

function edgesOf(measured: Measured): readonly [number, number] {
  return "value" in measured ? [measured.value, measured.value] : [measured.lower, measured.upper];
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
