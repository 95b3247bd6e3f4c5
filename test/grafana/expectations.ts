/**
 * What every query of every panel has to answer, from the run's own files. A query without an entry here fails the
 * test, and so does an entry without a query.
 */
import { BUCKET_EDGES_MS } from "../../harness/collect/influx/measurements.ts";
import type { HistogramRecord } from "../../harness/collect/record.ts";
import type { Budget } from "../../harness/plan/plan.ts";
import { exitCodeOf } from "../../harness/verdict/exit-code.ts";
import { endpointsIn, type Facts, type Figures, gathered, limitsOf, sampled } from "./facts.ts";
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
const TEN_YEARS = 520 * 7 * 86_400_000;

const ALL_PHASES: Chosen = { phase: ["measured", "warmup", "setup", "canary"] };
const MEASURED: Chosen = { phase: ["measured"] };

const number = (row: Row, column: string) => Number(row.values[column] ?? 0);

/** The sum of a column over the whole answer, by a tag where one is given. */
function sums(column: string, tag?: string, factor = 1) {
  return (rows: readonly Row[]) =>
    gathered(rows.map((row) => [tag === undefined ? "all" : (row.tags[tag] ?? ""), number(row, column) * factor]));
}

/** "endpoint@second" → value. */
function perSecond(column: string, tag?: string) {
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
function perClockSecond(column: string, part?: string) {
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
function constant(column: string, ...tags: readonly string[]) {
  return (rows: readonly Row[]) => {
    const values = new Map<string, Set<number>>();
    for (const row of rows) {
      const name = tags.map((tag) => row.tags[tag] ?? "").join(" ");
      values.set(name, (values.get(name) ?? new Set()).add(number(row, column)));
    }
    return Object.fromEntries([...values].map(([name, set]) => [name, [...set].join(" or ")]));
  };
}

const asText = (limits: Figures) =>
  Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, String(value)]));

/** "endpoint@second" → figure, of the record's own windows; of several phases in a second the sum or the largest. */
function windows(
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

const withoutEndpoint = (figures: Readonly<Record<string, number>>, how: "sum" | "max") =>
  gathered(
    Object.entries(figures).map(([name, value]) => [name.slice(name.indexOf("@")), value]),
    how,
  );

const isLatency = (statistic: string) => (budget: Budget) =>
  budget.metric === "latency" && budget.statistic === statistic;
const isOn = (metric: string) => (budget: Budget) => budget.metric === metric;

const loaded = ["measured", "warmup"] as const;
const everyRequest = (facts: Facts) => endpointsIn(facts, loaded);

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

const verdictOf = ({ verdict, record }: Facts) => {
  const [scenario] = verdict.scenarios;
  return {
    verdict: exitCodeOf(scenario?.kind ?? "PASS"),
    reasons: scenario?.reasons.map(({ sentence }) => sentence).join(" ") ?? "",
    commit: record.commit?.sha ?? null,
  };
};

const verdictRow = (row: Row | undefined) => ({
  verdict: row?.values["verdict"] ?? null,
  reasons: row?.values["reasons"] ?? null,
  commit: row?.values["commit"] ?? null,
});

/** "run: name" → figure, for the two runs that are compared. */
function ofBoth(facts: Facts, { before }: Others, of: (facts: Facts) => Figures): Figures {
  return Object.fromEntries(
    [before, facts].flatMap((one) =>
      Object.entries(of(one)).map(([name, value]) => [`${one.record.runId}: ${name}`, value]),
    ),
  );
}

/** "run: rel_ms" → value. */
function relative(column: string) {
  return (rows: readonly Row[]) =>
    Object.fromEntries(rows.map((row) => [`${row.tags["run"]}: ${row.values["rel_ms"]}`, row.values[column] ?? null]));
}

/** "run: rel_ms" → figure of one endpoint's measured windows. */
function relativeWindows(of: (window: Facts["scenario"]["series"][number]) => number | undefined) {
  return (facts: Facts, others: Others) =>
    ofBoth(facts, others, ({ scenario }) =>
      Object.fromEntries(
        scenario.series
          .filter(({ endpoint, phase }) => endpoint === "items.read" && phase === "measured")
          .flatMap((window) => {
            const value = of(window);
            return value === undefined ? [] : [[window.second * 1000, value]];
          }),
      ),
    );
}

/** "run: rel_ms" → a sample of the service. */
function relativeSamples(field: string) {
  return (facts: Facts, others: Others) =>
    ofBoth(facts, others, ({ samples, scenario }) => {
      const points = scenario.resources.find(({ part, metric }) => part === "service" && metric === field)?.points;
      // The record rounds to hundredths of a second: values in their order.
      return Object.fromEntries(
        samples
          .flatMap(({ values }) => values[`service.${field}`] ?? [])
          .map((value, index) => [`${index} of ${points?.length}`, value]),
      );
    });
}

/** "run: index of all" → value, in the order of time. */
function inOrder(column: string) {
  return (rows: readonly Row[]) => {
    const runs = Map.groupBy(rows, (row) => row.tags["run"] ?? "");
    return Object.fromEntries(
      [...runs].flatMap(([run, list]) =>
        list
          .filter((row) => row.values[column] !== null)
          .sort((a, b) => number(a, "rel_ms") - number(b, "rel_ms"))
          .map((row, index, all) => [`${run}: ${index} of ${all.length}`, row.values[column] ?? null]),
      ),
    );
  };
}

const measuredOf = (facts: Facts) => endpointsIn(facts, ["measured"]);
const errorRate = (requests: number, failed: number, dropped: number) => (failed + dropped) / (requests + dropped);
const summaryOf =
  (
    name: (facts: Facts) => string,
    of: (endpoint: ReturnType<typeof measuredOf>[number], facts: Facts) => number | undefined,
  ) =>
  (facts: Facts) =>
    Object.fromEntries(
      measuredOf(facts).flatMap((endpoint) => {
        const value = of(endpoint, facts);
        return value === undefined ? [] : [[`${name(facts)}${endpoint.endpoint}`, value]];
      }),
    );

/** "run endpoint" → value of the only row that a group has. */
function groups(column: string, ...tags: readonly string[]) {
  return (rows: readonly Row[]) =>
    Object.fromEntries(
      rows.map((row) => [tags.map((tag) => row.tags[tag] ?? "").join(" "), row.values[column] ?? null]),
    );
}

const RUN_STATISTICS = ["p50", "p90", "p95", "p99", "mean", "max"] as const;
const WINDOW_STATISTICS = ["p50", "p95", "p99", "max"] as const;

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

const bothRuns = (column: string, statistic?: string): Expectation => ({
  ...(statistic === undefined ? {} : { chosen: { statistic } }),
  answered: groups(column, "run", "endpoint"),
  expected: (facts, { before }) => {
    const of = (one: Facts) =>
      summaryOf(
        ({ record }) => `${record.runId} `,
        ({ requests, failed, dropped, latency }, { scenario }) => {
          if (column === "rate") return requests / scenario.measuredSeconds;
          if (column === "error_rate") return errorRate(requests, failed, dropped);
          return latency?.[statistic as (typeof RUN_STATISTICS)[number]];
        },
      )(one);
    return { ...of(before), ...of(facts) };
  },
});

/** Two runs of one commit: both points are there, whichever comes first. */
const values =
  (column: string, ...tags: readonly string[]) =>
  (rows: readonly Row[]) =>
    Object.fromEntries(
      [...Map.groupBy(rows, (row) => tags.map((tag) => row.tags[tag] ?? "").join(" "))].map(([name, list]) => [
        name,
        list
          .map((row) => Number(number(row, column).toPrecision(9)))
          .sort((a, b) => a - b)
          .join(" and "),
      ]),
    );
const bothValues =
  (of: (facts: Facts) => Figures) =>
  (facts: Facts, { before }: Others) => {
    const [one, two] = [of(before), of(facts)];
    return Object.fromEntries(
      Object.keys(two).map((name) => [
        name,
        [one[name], two[name]]
          .map((value) => Number(Number(value).toPrecision(9)))
          .sort((a, b) => a - b)
          .join(" and "),
      ]),
    );
  };

const wholeScenario = (facts: Facts) => {
  const requests = measuredOf(facts).reduce((sum, one) => sum + one.requests, 0);
  const rss = facts.scenario.measures.find(({ metric, statistic }) => metric === "service_rss" && statistic === "max");
  return { rss_max: rss?.value ?? null, rate: requests / facts.scenario.measuredSeconds, requests };
};

export function expectationsOf(uid: string): ReadonlyMap<string, readonly Expectation[]> {
  const all: Readonly<Record<string, Readonly<Record<string, Expectation | readonly Expectation[]>>>> = {
    "proofload-live": LIVE,
    "proofload-comparison": COMPARISON,
    "proofload-trends": TRENDS,
    "proofload-system": SYSTEM,
    "proofload-micro": MICRO,
  };
  return new Map(Object.entries(all[uid] ?? {}).map(([name, one]) => [`${uid} / ${name}`, [one].flat()]));
}

const LIVE: Readonly<Record<string, Expectation | readonly Expectation[]>> = {
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
        "blocked holds connecting and TLS": String(of("blocked") >= of("connecting") + of("TLS")),
      };
    },
    // k6's duration is the sum of the three; its summary has it for each endpoint in the measured phase.
    expected: (facts) => {
      const trends = measuredOf(facts).flatMap(
        ({ endpoint }) => facts.k6.trend("http_req_duration", { name: endpoint, phase: "measured" }) ?? [],
      );
      const count = trends.reduce((sum, trend) => sum + trend.count, 0);
      const all = trends.reduce((sum, trend) => sum + trend.mean * trend.count, 0);
      return { duration: all / count, "blocked holds connecting and TLS": "true" };
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

const COMPARISON: Readonly<Record<string, Expectation | readonly Expectation[]>> = {
  "Runs / A": {
    answered: (rows) => Object.assign({}, ...rows.map((row) => prefixed(`${row.tags["run"]} `, verdictRow(row)))),
    expected: (facts, { before }) =>
      Object.assign({}, ...[before, facts].map((one) => prefixed(`${one.record.runId} `, verdictOf(one)))),
  },
  "p95 / A": { answered: relative("p95"), expected: relativeWindows(({ p95 }) => p95) },
  "p50 / A": { answered: relative("p50"), expected: relativeWindows(({ p50 }) => p50) },
  "Successful requests per second / A": {
    // k6 flushes between a request and its latency: by the second they may differ by one, in all they do not.
    answered: sums("count", "run"),
    expected: (facts, { before }) =>
      gathered(
        [before, facts].flatMap((one) =>
          measuredOf(one)
            .filter(({ endpoint }) => endpoint === "items.read")
            .map(({ requests, failed }): [string, number] => [one.record.runId, requests - failed]),
        ),
      ),
  },
  "Failed requests per second / A": {
    answered: relative("failed"),
    expected: relativeWindows(({ failed }) => failed),
  },
  "CPU of the service / A": { answered: inOrder("cpu"), expected: relativeSamples("cpu") },
  "Memory of the service / A": { answered: inOrder("rss"), expected: relativeSamples("rss") },
  "Latency by endpoint / A": RUN_STATISTICS.map((statistic) => bothRuns("latency", statistic)),
  "Request rate by endpoint / A": bothRuns("rate"),
  "Error rate by endpoint / A": bothRuns("error_rate"),
  "Memory and rate of the scenario / A": {
    answered: (rows) =>
      Object.assign(
        {},
        ...rows.map(({ tags, values: { rss_max = null, rate = null, requests = null } }) =>
          prefixed(`${tags["run"]} `, { rss_max, rate, requests }),
        ),
      ),
    expected: (facts, { before }) =>
      Object.assign({}, ...[before, facts].map((one) => prefixed(`${one.record.runId} `, wholeScenario(one)))),
  },
};

function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}${name}`, value]));
}

const TRENDS: Readonly<Record<string, Expectation | readonly Expectation[]>> = {
  "Latency by endpoint / A": RUN_STATISTICS.map((statistic) => ({
    chosen: { statistic },
    answered: values(statistic, "scenario", "endpoint"),
    expected: bothValues(
      summaryOf(
        () => "shopping ",
        ({ latency }) => latency?.[statistic],
      ),
    ),
  })),
  "Latency by endpoint / B": {
    answered: (rows) => asText(constant("last", "scenario", "endpoint")(rows)),
    expected: (facts) => asText(prefixed("shopping ", limitsOf(facts, isLatency("p95")))),
  },
  "Error rate by endpoint / A": {
    answered: values("error_rate", "scenario", "endpoint"),
    expected: bothValues(
      summaryOf(
        () => "shopping ",
        ({ requests, failed, dropped }) => errorRate(requests, failed, dropped),
      ),
    ),
  },
  "Error rate by endpoint / B": {
    answered: (rows) => asText(constant("last", "scenario", "endpoint")(rows)),
    expected: (facts) => asText(prefixed("shopping ", limitsOf(facts, isOn("error_rate")))),
  },
  "Request rate by endpoint / A": {
    answered: values("rate", "scenario", "endpoint"),
    expected: bothValues(
      summaryOf(
        () => "shopping ",
        ({ requests }, { scenario }) => requests / scenario.measuredSeconds,
      ),
    ),
  },
  "Memory of the service / A": {
    answered: values("rss_max", "scenario"),
    expected: bothValues((facts) => ({ shopping: wholeScenario(facts).rss_max })),
  },
  "Memory of the service / B": {
    answered: (rows) => asText(constant("last", "scenario")(rows)),
    expected: (facts) => ({ shopping: String(limitsOf(facts, isOn("service_rss"))[""]) }),
  },
  "Request rate of the scenario / A": {
    answered: values("rate", "scenario"),
    expected: bothValues((facts) => ({ shopping: wholeScenario(facts).rate })),
  },
  "Verdict history / A": {
    chosen: { scenario: "shopping" },
    answered: (rows) =>
      Object.fromEntries(rows.map((row, index) => [`${row.tags["scenario"]} ${index}`, number(row, "code")])),
    expected: (facts, { before }) =>
      Object.fromEntries([before, facts].map((one, index) => [`shopping ${index}`, verdictOf(one).verdict])),
  },
  "Runs / A": {
    chosen: { scenario: "shopping" },
    answered: (rows) =>
      Object.assign(
        {},
        ...rows.map((row) =>
          prefixed(`${row.values["run"]} ${row.values["suite"]} ${row.values["scenario"]} `, verdictRow(row)),
        ),
      ),
    expected: (facts, { before }) =>
      Object.assign(
        {},
        ...[before, facts].map((one) => prefixed(`${one.record.runId} nightly shopping `, verdictOf(one))),
      ),
  },
};

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

const SYSTEM: Readonly<Record<string, Expectation | readonly Expectation[]>> = {
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

const MICRO: Readonly<Record<string, Expectation | readonly Expectation[]>> = {
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
