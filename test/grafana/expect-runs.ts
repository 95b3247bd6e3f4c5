/** What the dashboards over several runs have to answer: "Release comparison" and "Trends". */
import { type Facts, type Figures, gathered, limitsOf } from "./facts.ts";
import {
  asText,
  constant,
  type Expectation,
  type Expectations,
  errorRate,
  groups,
  isLatency,
  isOn,
  measuredOf,
  number,
  type Others,
  prefixed,
  sums,
  verdictOf,
  verdictRow,
} from "./figures.ts";
import type { Row } from "./influx-rows.ts";

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

const RUN_STATISTICS = ["p50", "p90", "p95", "p99", "mean", "max"] as const;

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

export const COMPARISON: Expectations = {
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

export const TRENDS: Expectations = {
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
