/** What the dashboards "System under test" and "Micro-benchmarks" have to answer. */
import { type Facts, gathered, limitsOf, sampled } from "./facts.ts";
import {
  asText,
  constant,
  type Expectation,
  type Expectations,
  everyRequest,
  groups,
  isOn,
  type Others,
  perClockSecond,
  sums,
} from "./figures.ts";
import type { Row } from "./influx-rows.ts";

const microPoints = (column: string) => (rows: readonly Row[]) => groups(column, "subject", "bench")(rows);
type Bench = Facts["micro"][number]["benches"][number];
const microFacts =
  (of: (bench: Bench, micro: Facts["micro"][number]) => number | undefined) =>
  (_: Facts, { micro }: Others) =>
    Object.fromEntries(
      micro.flatMap((one) =>
        one.benches.flatMap((bench) => {
          const value = of(bench, one);
          const name = bench.size === undefined ? bench.name : `${bench.name} (${bench.size})`;
          return value === undefined ? [] : [[`${one.name} ${name}`, value]];
        }),
      ),
    );

const peakRss = (bench: Bench, micro: Facts["micro"][number]) =>
  micro.processes.find(({ size }) => size === bench.size)?.peakRssBytes;

const service = (part: string) => part === "service";
const machine = (part: string) => part === "machine";
const gauge = (field: string, how: "mean" | "max"): Expectation => ({
  answered: perClockSecond(how, "service"),
  expected: (facts) => sampled(facts, field, how, service),
});
const limit = (metric: string): Expectation => ({
  answered: (rows) => asText(constant("max")(rows)),
  expected: (facts) => asText(limitsOf(facts, isOn(metric))),
});

export const SYSTEM: Expectations = {
  "Request rate / A": {
    answered: sums("sum", "phase"),
    expected: (facts) => ({
      ...gathered(everyRequest(facts).map((one) => [one.phase, one.requests])),
      canary: facts.k6.trend("canary_latency")?.count ?? null,
    }),
  },
  "CPU by part / A": { answered: perClockSecond("mean"), expected: (facts) => sampled(facts, "cpu", "mean") },
  "CPU by part / B": { answered: perClockSecond("max"), expected: (facts) => sampled(facts, "cpu_limit", "max") },
  "Memory by part / A": { answered: perClockSecond("max"), expected: (facts) => sampled(facts, "rss", "max") },
  "Memory by part / B": { answered: perClockSecond("max"), expected: (facts) => sampled(facts, "memory_limit", "max") },
  "Memory by part / C": limit("service_rss"),
  "Throttled / A": { answered: perClockSecond("max"), expected: (facts) => sampled(facts, "throttled_share", "max") },
  "CPU that others took / A": {
    answered: perClockSecond("mean", "machine"),
    expected: (facts) => sampled(facts, "foreign_cpu", "mean", machine),
  },
  "CPU that others took / B": {
    answered: perClockSecond("mean", "machine"),
    expected: (facts) => sampled(facts, "stolen_cpu", "mean", machine),
  },
  "Connection pool / A": gauge("pool_in_use", "max"),
  "Connection pool / B": gauge("pool_waiting", "max"),
  "Connection pool / C": gauge("pool_size", "max"),
  "Cache hits / A": gauge("cache_hit_ratio", "mean"),
  "Query time / A": gauge("db_query_duration", "mean"),
  "Query time / B": limit("db_query_duration"),
  "Event-loop delay / A": gauge("event_loop_delay", "max"),
  "Event-loop delay / B": limit("event_loop_delay"),
  "JavaScript heap / A": gauge("heap_used", "max"),
};

export const MICRO: Expectations = {
  "Mean time of an operation / A": { answered: microPoints("mean"), expected: microFacts(({ time }) => time.mean) },
  "p95 of an operation / A": { answered: microPoints("p95"), expected: microFacts(({ time }) => time.p95) },
  "Bytes of an operation / A": { answered: microPoints("bytes"), expected: microFacts(({ bytes }) => bytes?.median) },
  "Time in garbage collection / A": { answered: microPoints("gc_ns"), expected: microFacts(({ gc }) => gc.ns) },
  "Memory of the process / A": { answered: microPoints("peak_rss"), expected: microFacts(peakRss) },
  "Newest figures / A": (["mean", "min", "p50", "p95", "p99"] as const).map((column) => ({
    answered: microPoints(column),
    expected: microFacts(({ time }) => time[column]),
  })),
};
