/** What the dashboard "Live run" has to answer. */
import { BUCKET_EDGES_MS } from "../../harness/collect/influx/measurements.ts";
import type { HistogramRecord } from "../../harness/collect/record.ts";
import { gathered, limitsOf, sampled } from "./facts.ts";
import {
  ALL_PHASES,
  asText,
  constant,
  type Expectation,
  type Expectations,
  everyRequest,
  isLatency,
  isOn,
  MEASURED,
  measuredOf,
  number,
  perClockSecond,
  perSecond,
  sums,
  TEN_YEARS,
  verdictOf,
  verdictRow,
  windows,
  withoutEndpoint,
} from "./figures.ts";

/** Values by the edge of their bucket, from a histogram of any finer scale. */
function byEdge(histograms: readonly HistogramRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const add = (upper: number, count: number) => {
    const edge = BUCKET_EDGES_MS.find((one) => upper <= one * (1 + 1e-9));
    const name = edge === undefined ? "+Inf" : String(edge);
    if (count > 0) counts[name] = (counts[name] ?? 0) + count;
  };
  for (const { scale, offset, counts: list, zeroCount } of histograms) {
    add(0, zeroCount);
    for (const [index, count] of list.entries()) add(2 ** ((offset + index + 1) * 2 ** -scale), count);
  }
  return counts;
}

const WINDOW_STATISTICS = ["p50", "p95", "p99", "max"] as const;

export const LIVE: Expectations = {
  "Requests / A": {
    answered: sums("sum"),
    expected: (facts) => gathered(everyRequest(facts).map((one) => ["all", one.requests])),
  },
  "Request rate / A": [1000, 5000].map((intervalMs) => ({
    intervalMs,
    answered: sums("sum", undefined, intervalMs / 1000),
    expected: (facts) => gathered(everyRequest(facts).map((one) => ["all", one.requests])),
  })),
  "Failed requests / A": {
    answered: sums("sum"),
    expected: (facts) => gathered(everyRequest(facts).map((one) => ["all", one.failed])),
  },
  "Dropped iterations / A": {
    answered: sums("sum"),
    expected: ({ k6 }) => ({ all: k6.counter("dropped_iterations") ?? null }),
  },
  "Failed checks / A": {
    answered: sums("sum"),
    expected: ({ k6 }) => {
      const { nonzero = 0, count = 0 } = k6.rate("checks") ?? {};
      return { all: count - nonzero };
    },
  },
  "Virtual users / A": {
    answered: (rows) => ({ largest: Math.max(...rows.map((row) => number(row, "max"))) }),
    expected: ({ scenario }) => ({ largest: Math.max(...scenario.progress.map(({ vus }) => vus)) }),
  },
  "Request rate by endpoint / A": {
    answered: perSecond("sum", "endpoint"),
    expected: (facts) => windows(facts, ({ requests }) => (requests === 0 ? undefined : requests), "sum"),
  },
  "Requests by status class / A": {
    answered: sums("sum", "status_class"),
    expected: (facts) =>
      gathered(
        everyRequest(facts).flatMap(({ byStatus }) =>
          Object.entries(byStatus).map(([status, count]): [string, number] => [
            status === "0" ? "none" : `${status[0]}xx`,
            count,
          ]),
        ),
      ),
  },
  "Latency by endpoint against its budget / A": [
    ...WINDOW_STATISTICS.map(
      (statistic): Expectation => ({
        chosen: { ...MEASURED, statistic },
        answered: perSecond("max", "endpoint"),
        expected: (facts) => windows(facts, (window) => window[statistic], "max", ["measured"]),
      }),
    ),
    {
      // Of several endpoints together the record knows the largest only.
      chosen: { statistic: "max" },
      answered: perSecond("max", "endpoint"),
      expected: (facts) => windows(facts, ({ max }) => max, "max"),
    },
  ],
  "Latency by endpoint against its budget / B": {
    answered: (rows) => asText(constant("max", "endpoint")(rows)),
    expected: (facts) => asText(limitsOf(facts, isLatency("p95"))),
  },
  "Latency quantiles of the slowest endpoint / A": [
    ...WINDOW_STATISTICS.map(
      (statistic): Expectation => ({
        chosen: MEASURED,
        answered: perSecond(statistic),
        expected: (facts) =>
          withoutEndpoint(
            windows(facts, (window) => window[statistic], "max", ["measured"]),
            "max",
          ),
      }),
    ),
    {
      // The record's windows have no p90: it lies between p50 and p95.
      answered: (rows) => ({
        between: String(
          rows.every((row) => number(row, "p50") <= number(row, "p90") && number(row, "p90") <= number(row, "p95")),
        ),
        seconds: rows.filter((row) => row.values["p90"] !== null).length,
      }),
      expected: (facts) => ({
        between: "true",
        seconds: Object.keys(
          withoutEndpoint(
            windows(facts, ({ p50 }) => p50, "max"),
            "max",
          ),
        ).length,
      }),
    },
  ],
  "Latency heat map / A": {
    answered: (rows) =>
      Object.fromEntries(
        Object.entries(
          gathered(
            rows.flatMap((row) =>
              Object.entries(row.values).flatMap(([column, value]): [string, number][] =>
                column === "time" || value === null ? [] : [[column, Number(value)]],
              ),
            ),
          ),
        ).filter(([, count]) => count > 0),
      ),
    expected: (facts) => byEdge(everyRequest(facts).flatMap(({ histogram }) => histogram ?? [])),
  },
  "Where the time goes / A": {
    intervalMs: TEN_YEARS,
    answered: ([row]) => {
      const of = (column: string) => Number(row?.values[column] ?? Number.NaN);
      return {
        duration: of("sending") + of("waiting") + of("receiving"),
        "before it": String(of("blocked") > 0 && of("connecting") > 0 && of("TLS") >= 0),
      };
    },
    // k6's duration is the sum of the three; its summary has it for each endpoint in the measured phase. Waiting for a
    // connection may be shorter than connecting: a request takes one that becomes free while its own is still being made.
    expected: (facts) => {
      const trends = measuredOf(facts).flatMap(
        ({ endpoint }) => facts.k6.trend("http_req_duration", { name: endpoint, phase: "measured" }) ?? [],
      );
      const count = trends.reduce((sum, trend) => sum + trend.count, 0);
      const all = trends.reduce((sum, trend) => sum + trend.mean * trend.count, 0);
      return { duration: all / count, "before it": "true" };
    },
  },
  "Errors by kind / A": {
    answered: sums("sum", "kind"),
    expected: (facts) => gathered(everyRequest(facts).flatMap(({ byError }) => Object.entries(byError))),
  },
  "Error rate by endpoint / A": {
    answered: perSecond("sum_sum", "endpoint"),
    expected: (facts) => {
      const requests = windows(facts, (window) => (window.requests === 0 ? undefined : window.requests), "sum");
      const failed = windows(facts, (window) => window.failed, "sum");
      return Object.fromEntries(Object.entries(requests).map(([name, count]) => [name, (failed[name] ?? 0) / count]));
    },
  },
  "Error rate by endpoint / B": {
    answered: (rows) => asText(constant("max", "endpoint")(rows)),
    expected: (facts) => asText(limitsOf(facts, isOn("error_rate"))),
  },
  "Checks / A": {
    answered: (rows) =>
      Object.fromEntries(
        rows.flatMap((row) => [
          [`${row.tags["check"]}${row.tags["endpoint"]} passes`, number(row, "passes")],
          [`${row.tags["check"]}${row.tags["endpoint"]} fails`, number(row, "fails")],
        ]),
      ),
    // The library's checks of bodies are counted together; the shop has no others.
    expected: ({ k6 }) => {
      const { nonzero = 0, count = 0 } = k6.rate("checks") ?? {};
      return { "body passes": nonzero, "body fails": count - nonzero };
    },
  },
  "Virtual users over time / A": {
    answered: (rows) => ({
      vus: Math.max(...rows.filter((row) => row.tags["metric"] === "vus").map((row) => number(row, "max"))),
      vus_max: Math.max(...rows.filter((row) => row.tags["metric"] === "vus_max").map((row) => number(row, "max"))),
    }),
    expected: ({ scenario, k6 }) => ({
      vus: Math.max(...scenario.progress.map(({ vus }) => vus)),
      vus_max: k6.value("vus_max", "value")?.value ?? null,
    }),
  },
  "Iterations / A": {
    chosen: MEASURED,
    answered: sums("sum", "stream"),
    expected: ({ scenario }) => gathered(scenario.iterations.map(({ stream, completed }) => [stream, completed])),
  },
  "Iterations / B": {
    chosen: MEASURED,
    answered: (rows) => ({ reporting: gathered(rows.map((row) => ["all", number(row, "sum")]))["all"] ?? null }),
    expected: ({ scenario }) =>
      gathered(scenario.iterations.filter(({ dropped }) => dropped > 0).map((one) => [one.stream, one.dropped])),
  },
  // Windows hold durations in buckets, k6's summary the whole exactly: laws between the two.
  "Is the instrument sound? / A": {
    answered: (rows, _, { k6, scenario }) => {
      const canary = k6.trend("canary_latency");
      const of = (column: string) => rows.map((row) => number(row, column)).filter((value) => value > 0);
      return {
        "most seconds": String(of("p50").length >= scenario.progress.length - 2),
        "some second's median is no larger than that of all": String(
          Math.min(...of("p50")) <= (canary?.p50 ?? 0) * 1.05,
        ),
        "no second's p99 is larger than the largest": String(Math.max(...of("p99")) <= (canary?.max ?? 0) * 1.1),
      };
    },
    expected: () => ({
      "most seconds": "true",
      "some second's median is no larger than that of all": "true",
      "no second's p99 is larger than the largest": "true",
    }),
  },
  "Is the instrument sound? / B": {
    answered: (rows, _, { k6 }) => {
      const largest = Math.max(...rows.map((row) => number(row, "max")));
      const { p95 = 0, max = 0 } = k6.trend("start_lag") ?? {};
      return { "lies between p95 and the largest": String(largest >= p95 && largest <= max * 1.1 && max > 0) };
    },
    expected: () => ({ "lies between p95 and the largest": "true" }),
  },
  "Own metrics of the script / A": {
    chosen: { ...MEASURED, statistic: "max" },
    answered: (rows) =>
      gathered(
        rows.map((row) => [row.tags["metric"] ?? "", number(row, "max")]),
        "max",
      ),
    expected: ({ k6 }) => ({
      job_duration: k6.trend("job_duration", { name: "orders.create", phase: "measured" })?.max ?? null,
    }),
  },
  "Own metrics of the script / B": {
    answered: (rows) => asText(constant("max", "metric")(rows)),
    expected: (facts) => ({ job_duration: String(limitsOf(facts, isOn("job_duration"))["orders.create"]) }),
  },
  "Network / A": {
    chosen: ALL_PHASES,
    answered: sums("sum", "metric"),
    expected: ({ k6 }) => ({
      data_sent: k6.counter("data_sent") ?? null,
      data_received: k6.counter("data_received") ?? null,
    }),
  },
  "CPU by part / A": { answered: perClockSecond("mean"), expected: (facts) => sampled(facts, "cpu", "mean") },
  "CPU by part / B": {
    answered: perClockSecond("mean", "machine"),
    expected: (facts) => sampled(facts, "foreign_cpu", "mean"),
  },
  "Memory by part / A": { answered: perClockSecond("max"), expected: (facts) => sampled(facts, "rss", "max") },
  "Verdict / A": { answered: ([row]) => verdictRow(row), expected: verdictOf },
};
