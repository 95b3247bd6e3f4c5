import type { BenchRecord, MicroRecord } from "../collect/micro-record.ts";
import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { MetricName, Statistic } from "../plan/metrics.ts";
import { endpointFigure, type Figure, scenarioFigure } from "./budgets.ts";

/** What a figure is about, within a run. */
export interface FigureName {
  /** Scenario or micro-benchmark. */
  readonly part: string;
  readonly subject: { readonly kind: "endpoint" | "scenario" | "bench"; readonly name: string };
  readonly metric: MetricName;
  readonly statistic: Statistic;
}

/** One number that a run leaves: what is compared between runs, and what a trend is made of. */
export interface RunFigure extends FigureName, Figure {}

const OF_ENDPOINTS = [
  ["latency", "p50"],
  ["latency", "p95"],
  ["latency", "p99"],
  ["error_rate", "value"],
  ["request_rate", "value"],
] as const;

const OF_SCENARIOS = [
  ["request_rate", "value"],
  ["error_rate", "value"],
] as const;

/** Every figure of a run, endpoints before their scenario. */
export function runFigures({ scenarios, micro }: Pick<RunRecord, "scenarios" | "micro">): RunFigure[] {
  return [...scenarios.flatMap(scenarioFigures), ...(micro ?? []).flatMap(microFigures)];
}

export function scenarioFigures(record: ScenarioRecord): RunFigure[] {
  const { name: part } = record;
  const measures = (endpoint: string | undefined) =>
    record.measures
      .filter((one) => one.endpoint === endpoint && one.metric !== "k6_threshold")
      .map(({ metric, statistic }) => [metric, statistic] as const);
  const endpoints = record.endpoints.filter(({ phase }) => phase === "measured").map(({ endpoint }) => endpoint);
  return [
    ...endpoints.flatMap((name) =>
      distinct([...OF_ENDPOINTS, ...measures(name)]).map(([metric, statistic]): RunFigure => {
        const figure = endpointFigure(name, { metric, statistic, text: "" }, record);
        return { part, subject: { kind: "endpoint", name }, metric, statistic, ...figure };
      }),
    ),
    ...distinct([...OF_SCENARIOS, ...measures(undefined)]).map(([metric, statistic]): RunFigure => {
      const figure = scenarioFigure({ metric, statistic, text: "" }, record);
      return { part, subject: { kind: "scenario", name: part }, metric, statistic, ...figure };
    }),
  ];
}

export function microFigures({ name: part, benches }: MicroRecord): RunFigure[] {
  return benches.flatMap((bench): RunFigure[] => {
    const subject = { kind: "bench", name: nameOfBench(bench) } as const;
    const bytes = bench.bytes === undefined ? undefined : { value: bench.bytes.median };
    return [
      { part, subject, metric: "time", statistic: "mean", measured: { value: bench.time.mean }, count: bench.samples },
      { part, subject, metric: "bytes", statistic: "mean", measured: bytes, count: bench.bytes?.counts ?? 0 },
    ];
  });
}

function nameOfBench({ name, size }: BenchRecord): string {
  return size === undefined ? name : `${name}/${size}`;
}

/** Two figures of one name are about the same. */
export function isSameFigure(a: FigureName, b: FigureName): boolean {
  return (
    a.part === b.part &&
    a.subject.kind === b.subject.kind &&
    a.subject.name === b.subject.name &&
    a.metric === b.metric &&
    a.statistic === b.statistic
  );
}

function distinct(measures: readonly (readonly [MetricName, Statistic])[]): (readonly [MetricName, Statistic])[] {
  return [...new Map(measures.map((measure) => [measure.join(" "), measure])).values()];
}
