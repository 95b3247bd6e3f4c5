/** How answers and facts are brought to the same figures, so that they can be compared. */
import type { Budget } from "../../harness/plan/plan.ts";
import { exitCodeOf } from "../../harness/verdict/exit-code.ts";
import { endpointsIn, type Facts, type Figures, gathered } from "./facts.ts";
import type { Row } from "./influx-rows.ts";
import type { Chosen } from "./panel-queries.ts";

export interface Expectation {
  /** Beside what the test chooses: the run, one scenario, all endpoints, the phases measured and warmup, p95. */
  readonly chosen?: Chosen;
  /** One second unless given. */
  readonly intervalMs?: number;
  /** The answer, brought to figures. `at` gives the second of load of a time; the facts are for laws, not for values. */
  readonly answered: (rows: readonly Row[], at: (time: number) => number, facts: Facts) => Figures;
  readonly expected: (facts: Facts, others: Others) => Figures;
}

/** What was written beside the two runs. */
export interface Others {
  readonly before: Facts;
  readonly micro: Facts["micro"];
}

/** So wide that a run never lies across the edge of two intervals: the edge is in 2029. */
export const TEN_YEARS = 520 * 7 * 86_400_000;

export const ALL_PHASES: Chosen = { phase: ["measured", "warmup", "setup", "canary"] };
export const MEASURED: Chosen = { phase: ["measured"] };

export const number = (row: Row, column: string) => Number(row.values[column] ?? 0);

/** The sum of a column over the whole answer, by a tag where one is given. */
export function sums(column: string, tag?: string, factor = 1) {
  return (rows: readonly Row[]) =>
    gathered(rows.map((row) => [tag === undefined ? "all" : (row.tags[tag] ?? ""), number(row, column) * factor]));
}

/** "endpoint@second" → value. */
export function perSecond(column: string, tag?: string) {
  return (rows: readonly Row[], at: (time: number) => number) =>
    Object.fromEntries(
      rows.flatMap((row) => {
        const value = row.values[column];
        return value === null || value === undefined
          ? []
          : [[`${tag === undefined ? "" : (row.tags[tag] ?? "")}@${at(row.time)}`, value]];
      }),
    );
}

/** "part@second of the clock" → value. */
export function perClockSecond(column: string, part?: string) {
  return (rows: readonly Row[]) =>
    Object.fromEntries(
      rows.flatMap((row) => {
        const value = row.values[column];
        return value === null || value === undefined
          ? []
          : [[`${part ?? row.tags["part"] ?? ""}@${Math.floor(row.time / 1000)}`, value]];
      }),
    );
}

/** Tag → the only value that the answer has for it. */
export function constant(column: string, ...tags: readonly string[]) {
  return (rows: readonly Row[]) => {
    const values = new Map<string, Set<number>>();
    for (const row of rows) {
      const name = tags.map((tag) => row.tags[tag] ?? "").join(" ");
      values.set(name, (values.get(name) ?? new Set()).add(number(row, column)));
    }
    return Object.fromEntries([...values].map(([name, set]) => [name, [...set].join(" or ")]));
  };
}

export const asText = (limits: Figures) =>
  Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, String(value)]));

/** "endpoint@second" → figure, of the record's own windows; of several phases in a second the sum or the largest. */
export function windows(
  { scenario }: Facts,
  of: (window: Facts["scenario"]["series"][number]) => number | undefined,
  how: "sum" | "max",
  phases: readonly string[] = ["measured", "warmup"],
) {
  return gathered(
    scenario.series
      .filter(({ phase }) => phases.includes(phase))
      // Only measured requests are told apart by endpoint in the database.
      .map((window) => [`${window.phase === "measured" ? window.endpoint : ""}@${window.second}`, of(window)]),
    how,
  );
}

export const withoutEndpoint = (figures: Readonly<Record<string, number>>, how: "sum" | "max") =>
  gathered(
    Object.entries(figures).map(([name, value]) => [name.slice(name.indexOf("@")), value]),
    how,
  );

export const isLatency = (statistic: string) => (budget: Budget) =>
  budget.metric === "latency" && budget.statistic === statistic;
export const isOn = (metric: string) => (budget: Budget) => budget.metric === metric;

const loaded = ["measured", "warmup"] as const;
export const everyRequest = (facts: Facts) => endpointsIn(facts, loaded);

export const verdictOf = ({ verdict, record }: Facts) => {
  const [scenario] = verdict.scenarios;
  return {
    verdict: exitCodeOf(scenario?.kind ?? "PASS"),
    reasons: scenario?.reasons.map(({ sentence }) => sentence).join(" ") ?? "",
    commit: record.commit?.sha ?? null,
  };
};

export const verdictRow = (row: Row | undefined) => ({
  verdict: row?.values["verdict"] ?? null,
  reasons: row?.values["reasons"] ?? null,
  commit: row?.values["commit"] ?? null,
});

export const measuredOf = (facts: Facts) => endpointsIn(facts, ["measured"]);
export const errorRate = (requests: number, failed: number, dropped: number) =>
  (failed + dropped) / (requests + dropped);

/** "run endpoint" → value of the only row that a group has. */
export function groups(column: string, ...tags: readonly string[]) {
  return (rows: readonly Row[]) =>
    Object.fromEntries(
      rows.map((row) => [tags.map((tag) => row.tags[tag] ?? "").join(" "), row.values[column] ?? null]),
    );
}

export function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}${name}`, value]));
}

/** What the queries of a dashboard have to answer: "panel / letter" → what. */
export type Expectations = Readonly<Record<string, Expectation | readonly Expectation[]>>;
