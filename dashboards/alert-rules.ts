/**
 * Alert rules in the form that Grafana provisions from files. They look at every run, whatever its target, and name it
 * by its labels. Who is told, and how, is the installation's own business: no contact point is made here.
 */

import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { MeasurementName } from "../harness/collect/influx/measurements.ts";
import type { DashboardUid } from "./dashboard.ts";
import { aggregate, from, having, is, matches, named, quotient, type Select, without } from "./influx-query.ts";
import { DATASOURCE_UID } from "./variables.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface RuleQuery {
  readonly refId: string;
  readonly select: Select<MeasurementName> | { readonly text: string };
  /** How far back it looks, in seconds. */
  readonly seconds: number;
}

interface RuleSpec {
  readonly uid: string;
  readonly title: string;
  readonly summary: string;
  readonly description: string;
  /** Where the viewer is led: a panel by its title. */
  readonly panel: { readonly dashboard: DashboardUid; readonly title: string };
  readonly severity: "warning" | "critical";
  readonly queries: readonly RuleQuery[];
  /** Grafana's expression over the queries' last values, joined by their labels: not 0 means that the rule fires. */
  readonly when: string;
  /** How long it has to hold. */
  readonly holds: string;
}

const measured = is<"phase">("phase", "measured");

export const ALERT_RULES: readonly RuleSpec[] = [
  {
    uid: "proofload-p95-over-budget",
    title: "p95 over budget",
    summary: "p95 of {{ $labels.endpoint }} is over its budget in {{ $labels.scenario }}",
    description:
      "In the last two minutes the typical second (median of the seconds' p95) was slower than the budget allows. Run {{ $labels.run }}.",
    panel: { dashboard: "proofload-live", title: "Latency by endpoint against its budget" },
    severity: "warning",
    queries: [
      {
        refId: "A",
        select: from("latency")
          .columns(named("p95", aggregate("median", "p95")))
          .where(measured)
          .inRange()
          .by("run", "target", "scenario", "endpoint"),
        seconds: 2 * MINUTE,
      },
      {
        refId: "B",
        select: from("budgets")
          .columns(named("limit", aggregate("last", "limit")))
          .where(is("metric", "latency"), is("statistic", "p95"), having("endpoint"))
          .inRange()
          .by("run", "target", "scenario", "endpoint"),
        // A limit is written every ten seconds.
        seconds: 2 * MINUTE,
      },
    ],
    when: "$A_last > $B_last",
    holds: "30s",
  },
  {
    uid: "proofload-error-rate",
    title: "Error rate",
    summary: "More than 1 % of the requests of {{ $labels.scenario }} fail",
    description:
      "Of the requests measured in the last two minutes more than 1 % had an unexpected status, no answer or a wrong body. Run {{ $labels.run }}.",
    panel: { dashboard: "proofload-live", title: "Error rate by endpoint" },
    severity: "critical",
    queries: [
      {
        refId: "A",
        select: from("requests")
          .columns(named("error_rate", quotient("errors", "count")))
          .where(measured)
          .inRange()
          .by("run", "target", "scenario"),
        seconds: 2 * MINUTE,
      },
    ],
    when: "$A_last > 0.01",
    holds: "30s",
  },
  {
    uid: "proofload-throughput-drop",
    title: "Throughput drop",
    summary: "{{ $labels.scenario }} of {{ $labels.target }} reaches less than 80 % of its usual rate",
    description:
      "The newest commit's request rate over the measured phase is below 80 % of the median of the last 30 days, warm-up apart. A changed load profile does that too.",
    panel: { dashboard: "proofload-trends", title: "Request rate of the scenario" },
    severity: "warning",
    queries: [
      {
        refId: "A",
        select: from("summary")
          .columns(named("rate", aggregate("last", "rate")))
          .where(without("endpoint"))
          .inRange()
          .by("target", "suite", "scenario"),
        seconds: 30 * DAY,
      },
      {
        refId: "B",
        select: from("summary")
          .columns(named("rate", aggregate("median", "rate")))
          .where(without("endpoint"))
          .inRange()
          .by("target", "suite", "scenario"),
        seconds: 30 * DAY,
      },
    ],
    when: "$A_last < 0.8 * $B_last",
    holds: "0s",
  },
  {
    uid: "proofload-memory",
    title: "Memory of the service",
    summary: "The service needs more memory in {{ $labels.scenario }} than its budget",
    description: "Resident memory of the service was above the budget in the last two minutes. Run {{ $labels.run }}.",
    panel: { dashboard: "proofload-system", title: "Memory by part" },
    severity: "warning",
    queries: [
      {
        refId: "A",
        select: from("resources")
          .columns(named("rss", aggregate("max", "rss")))
          .where(is("part", "service"))
          .inRange()
          .by("run", "target", "scenario"),
        seconds: 2 * MINUTE,
      },
      {
        refId: "B",
        select: from("budgets")
          .columns(named("limit", aggregate("last", "limit")))
          .where(is("metric", "service_rss"), is("statistic", "max"))
          .inRange()
          .by("run", "target", "scenario"),
        seconds: 2 * MINUTE,
      },
    ],
    when: "$A_last > $B_last",
    holds: "0s",
  },
  {
    uid: "proofload-invalid-night",
    title: "INVALID night",
    summary: "The nightly measurement of {{ $labels.scenario }} was not sound",
    description:
      "The last nightly run of {{ $labels.target }} is INVALID: it proves nothing, and the next regression goes unseen until it is mended. The reasons are on the dashboard.",
    panel: { dashboard: "proofload-trends", title: "Verdict history" },
    severity: "warning",
    queries: [
      {
        refId: "A",
        select: from("verdicts")
          .columns(named("code", aggregate("last", "code")))
          .where(matches("suite", "nightly"))
          .inRange()
          .by("target", "suite", "scenario"),
        seconds: 26 * HOUR,
      },
    ],
    when: "$A_last == 3",
    holds: "0s",
  },
];

const EXPRESSION_DATASOURCE = "__expr__";

/** The file's content. Grafana keeps the models as they are: their `$` are its own macros, not the environment's. */
export function alertRules(dashboards: readonly Dashboard[]): object {
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: "proofload",
        folder: "proofload",
        interval: "30s",
        rules: ALERT_RULES.map((spec) => rule(spec, panelId(spec, dashboards))),
      },
    ],
  };
}

function panelId({ panel }: RuleSpec, dashboards: readonly Dashboard[]): number {
  const { panels = [] } = dashboards.find(({ uid }) => uid === panel.dashboard) ?? {};
  const id = panels.find(({ title }) => title === panel.title)?.id;
  if (id === undefined) throw new Error(`${panel.dashboard} has no panel "${panel.title}"`);
  return id;
}

function rule(spec: RuleSpec, panel: number): object {
  return {
    uid: spec.uid,
    title: spec.title,
    condition: "condition",
    data: [
      ...spec.queries.flatMap((query) => [influx(query), lastOf(query)]),
      expression("condition", { type: "math", expression: spec.when.replaceAll(/\$(\w+)_last/g, "$${$1_last}") }),
    ],
    dashboardUid: spec.panel.dashboard,
    panelId: panel,
    // Between runs there is nothing to look at: no alarm.
    noDataState: "OK",
    execErrState: "Error",
    for: spec.holds,
    annotations: {
      summary: spec.summary,
      description: spec.description,
      __dashboardUid__: spec.panel.dashboard,
      __panelId__: String(panel),
    },
    labels: { severity: spec.severity, source: "proofload" },
    isPaused: false,
  };
}

function influx({ refId, select, seconds }: RuleQuery): object {
  return {
    refId,
    relativeTimeRange: { from: seconds, to: 0 },
    datasourceUid: DATASOURCE_UID,
    model: {
      refId,
      datasource: { type: "influxdb", uid: DATASOURCE_UID },
      rawQuery: true,
      resultFormat: "time_series",
      query: select.text,
      intervalMs: 1000,
      maxDataPoints: 43_200,
    },
  };
}

function lastOf({ refId }: RuleQuery): object {
  return expression(`${refId}_last`, { type: "reduce", expression: refId, reducer: "last" });
}

function expression(refId: string, model: object): object {
  return {
    refId,
    relativeTimeRange: { from: 0, to: 0 },
    datasourceUid: EXPRESSION_DATASOURCE,
    model: { refId, datasource: { type: "__expr__", uid: EXPRESSION_DATASOURCE }, ...model },
  };
}
