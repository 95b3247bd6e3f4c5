/** Live run: what the load does to the service right now, second by second. */
import { BUCKET_EDGES_MS, bucketField } from "../harness/collect/influx/measurements.ts";
import { dashboard } from "./dashboard.ts";
import { unitOf } from "./fields.ts";
import {
  aggregate,
  chosen,
  chosenField,
  from,
  is,
  matches,
  named,
  other,
  perSecond,
  quotient,
  raw,
} from "./influx-query.ts";
import { figure, grid, heat, lines, stackedBars, VERDICTS } from "./panels.ts";
import { fixedVariable, PHASE, tagVariable, WINDOW_STATISTIC } from "./variables.ts";

const ofRun = [chosen("run"), chosen("scenario")] as const;
const ofPhase = [...ofRun, chosen("phase")] as const;
const ofEndpoint = [...ofPhase, chosen("endpoint")] as const;
/** Only measured requests are told apart by endpoint; each other phase is one series. */
const BY_ENDPOINT = ["endpoint", "phase"] as const;
const ENDPOINT = "$tag_endpoint $tag_phase";

const requests = from("requests")
  .where(...ofEndpoint)
  .inRange()
  .every();
const latency = from("latency")
  .where(...ofEndpoint)
  .inRange()
  .every();
const iterations = from("iterations")
  .where(...ofPhase)
  .inRange()
  .every();
const resources = from("resources")
  .where(...ofRun)
  .inRange()
  .every();
const budgets = from("budgets")
  .where(...ofRun)
  .inRange()
  .every();

const NO_LOAD = "No request yet: it fills as soon as the first second of load is written.";
const NO_RESOURCES = "No resource sample: they come from the machine that runs proofload, twice a second.";

export const liveRun = dashboard({
  uid: "proofload-live",
  about:
    "One run, while it goes on and afterwards: rate, latency against its budgets, errors, load generator, resources. Every figure is of one second of load; what is drawn for a wider interval says how the seconds were put together.",
  time: { from: "now-15m", to: "now" },
  refresh: "5s",
  marks: ["run", "deployment"],
  variables: [
    tagVariable({
      name: "target",
      label: "Target",
      about: "The system under test.",
      of: "iterations",
      choice: "oneOrAll",
    }),
    tagVariable({
      name: "run",
      label: "Run",
      about: "The id of the run; the newest comes first.",
      of: "iterations",
      after: [chosen("target")],
      choice: "one",
      newestFirst: true,
    }),
    tagVariable({
      name: "scenario",
      label: "Scenario",
      about: "Load profiles of the run.",
      of: "iterations",
      after: [chosen("run")],
      choice: "any",
    }),
    tagVariable({
      name: "endpoint",
      label: "Endpoint",
      about: "Endpoints that the scenarios asked.",
      of: "requests",
      after: [chosen("run"), chosen("scenario")],
      choice: "any",
    }),
    fixedVariable(PHASE),
    fixedVariable(WINDOW_STATISTIC),
  ],
  sections: [
    {
      title: "At a glance",
      panels: [
        figure({
          title: "Requests",
          about: "Requests in the chosen time, endpoints and phases.",
          unit: unitOf("requests", "count"),
          empty: NO_LOAD,
          queries: [{ select: requests.columns(aggregate("sum", "count")), alias: "requests" }],
          reduce: "sum",
          width: 4,
        }),
        figure({
          title: "Request rate",
          about: "Mean rate of the intervals in the chosen time.",
          unit: "reqps",
          empty: NO_LOAD,
          queries: [{ select: requests.columns(perSecond("count")), alias: "requests per second" }],
          reduce: "mean",
          width: 4,
        }),
        figure({
          title: "Failed requests",
          about: "Requests with an unexpected status, without an answer, or whose body failed its check.",
          unit: unitOf("requests", "errors"),
          empty: NO_LOAD,
          queries: [{ select: requests.columns(aggregate("sum", "errors")), alias: "failed" }],
          reduce: "sum",
          width: 4,
        }),
        figure({
          title: "Dropped iterations",
          about: "Iterations that k6 could not start because every virtual user still waited for the service.",
          unit: unitOf("iterations", "dropped"),
          empty: "No iteration yet: it fills as soon as the first second of load is written.",
          queries: [{ select: iterations.columns(aggregate("sum", "dropped")), alias: "dropped" }],
          reduce: "sum",
          width: 4,
        }),
        figure({
          title: "Failed checks",
          about: "Checks of the script that did not hold.",
          unit: unitOf("checks", "fails"),
          empty: "No check yet: the script makes none, or has made no request.",
          queries: [
            {
              select: from("checks")
                .columns(aggregate("sum", "fails"))
                .where(...ofRun)
                .inRange()
                .every(),
              alias: "failed checks",
            },
          ],
          reduce: "sum",
          width: 4,
        }),
        figure({
          title: "Virtual users",
          about: "Virtual users that k6 runs, newest value.",
          unit: "short",
          empty: "No virtual user yet: k6 writes them once a second.",
          queries: [
            {
              select: from("gauges")
                .columns(aggregate("max", "value"))
                .where(...ofRun, is("metric", "vus"))
                .inRange()
                .every(),
              alias: "virtual users",
            },
          ],
          reduce: "lastNotNull",
          width: 4,
        }),
      ],
    },
    {
      title: "Rate and latency",
      panels: [
        lines({
          title: "Request rate by endpoint",
          about: "Requests per second, failed ones included.",
          unit: "reqps",
          least: 0,
          empty: NO_LOAD,
          queries: [{ select: requests.columns(perSecond("count")).by(...BY_ENDPOINT), alias: ENDPOINT }],
          width: 12,
        }),
        stackedBars({
          title: "Requests by status class",
          about: "Requests in each interval by the class of their status; none: no answer came.",
          unit: unitOf("requests", "count"),
          empty: NO_LOAD,
          queries: [
            { select: requests.columns(aggregate("sum", "count")).by("status_class"), alias: "$tag_status_class" },
          ],
          width: 12,
        }),
        lines({
          title: "Latency by endpoint against its budget",
          about:
            "Latency of successful requests, in the statistic chosen above, and the budget on that statistic, dashed. Of several seconds in one interval the worst is drawn: percentiles have no mean.",
          unit: unitOf("latency", "p95"),
          least: 0,
          empty: "No successful request yet: failed requests count in the error rate, not here.",
          queries: [
            {
              select: latency.columns(aggregate("max", chosenField(WINDOW_STATISTIC))).by(...BY_ENDPOINT),
              alias: ENDPOINT,
            },
            {
              select: budgets
                .columns(aggregate("max", "limit"))
                .where(chosen("endpoint"), is("metric", "latency"), chosen("statistic"))
                .by("endpoint"),
              alias: "budget $tag_endpoint",
            },
          ],
          width: 12,
          height: 9,
        }),
        lines({
          title: "Latency quantiles of the slowest endpoint",
          about:
            "p50, p90, p95, p99 and the largest latency of successful requests; of several endpoints and of several seconds in one interval the largest of each, as percentiles have no mean. Choose one endpoint to see its own.",
          unit: unitOf("latency", "p95"),
          least: 0,
          empty: "No successful request yet: failed requests count in the error rate, not here.",
          queries: [
            {
              select: latency.columns(
                ...(["p50", "p90", "p95", "p99", "max"] as const).map((field) => named(field, aggregate("max", field))),
              ),
              alias: "$col",
            },
          ],
          width: 12,
          height: 9,
        }),
        heat({
          title: "Latency heat map",
          about:
            "How many successful requests had which latency: every bucket ends at twice the one before. Two bands mean two kinds of requests.",
          unit: "ms",
          empty: "No successful request yet: failed requests count in the error rate, not here.",
          queries: [
            {
              select: latency.columns(
                ...[...BUCKET_EDGES_MS, undefined].map((edge) =>
                  named(edge === undefined ? "+Inf" : String(edge), aggregate("sum", bucketField(edge))),
                ),
              ),
              alias: "$col",
            },
          ],
          width: 12,
        }),
        lines({
          title: "Where the time goes",
          about:
            "Mean of each part of a measured request over all endpoints: waiting for a connection, connecting, TLS, sending, waiting for the first byte, receiving.",
          unit: "ms",
          least: 0,
          empty: NO_LOAD,
          queries: [
            {
              select: from("timings")
                .columns(
                  named("blocked", quotient("blocked_sum", "blocked_count")),
                  named("connecting", quotient("connecting_sum", "connecting_count")),
                  named("TLS", quotient("tls_handshaking_sum", "tls_handshaking_count")),
                  named("sending", quotient("sending_sum", "sending_count")),
                  named("waiting", quotient("waiting_sum", "waiting_count")),
                  named("receiving", quotient("receiving_sum", "receiving_count")),
                )
                .where(...ofRun, is("phase", "measured"))
                .inRange()
                .every(),
              alias: "$col",
            },
          ],
          width: 12,
          height: 9,
        }),
      ],
    },
    {
      title: "Errors",
      panels: [
        stackedBars({
          title: "Errors by kind",
          about:
            "Failed requests by k6's error code, else their status; check: the body was not what the script asked for.",
          unit: unitOf("errors", "count"),
          empty: "No request has failed.",
          queries: [
            {
              select: from("errors")
                .columns(aggregate("sum", "count"))
                .where(...ofPhase)
                .inRange()
                .every()
                .by("kind"),
              alias: "$tag_kind",
            },
          ],
          width: 8,
        }),
        lines({
          title: "Error rate by endpoint",
          about: "Failed requests over all requests of the interval, and the budget, dashed.",
          unit: "percentunit",
          least: 0,
          empty: NO_LOAD,
          queries: [
            { select: requests.columns(quotient("errors", "count")).by(...BY_ENDPOINT), alias: ENDPOINT },
            {
              select: budgets
                .columns(aggregate("max", "limit"))
                .where(chosen("endpoint"), is("metric", "error_rate"))
                .by("endpoint"),
              alias: "budget $tag_endpoint",
            },
          ],
          width: 8,
        }),
        grid({
          title: "Checks",
          about: "How often each check of the script held and did not, in the chosen time.",
          unit: unitOf("checks", "passes"),
          empty: "No check yet: the script makes none, or has made no request.",
          queries: [
            {
              select: from("checks")
                .columns(named("passes", aggregate("sum", "passes")), named("fails", aggregate("sum", "fails")))
                .where(...ofRun)
                .inRange()
                .by("check", "endpoint"),
            },
          ],
          transformations: [{ id: "filterFieldsByName", options: { exclude: { names: ["Time"] } } }],
          width: 8,
        }),
      ],
    },
    {
      title: "Load generator",
      panels: [
        lines({
          title: "Virtual users over time",
          about: "Virtual users that k6 runs, and how many it may start.",
          unit: "short",
          least: 0,
          empty: "No virtual user yet: k6 writes them once a second.",
          queries: [
            {
              select: from("gauges")
                .columns(aggregate("max", "value"))
                .where(...ofRun)
                .where(matches("metric", "^(vus|vus_max)$"))
                .inRange()
                .every()
                .by("metric"),
              alias: "$tag_metric",
            },
          ],
          width: 8,
        }),
        lines({
          title: "Iterations",
          about: "Iterations completed per second, and those that k6 could not start.",
          unit: "ops",
          least: 0,
          empty: "No iteration yet: it fills as soon as the first second of load is written.",
          queries: [
            { select: iterations.columns(perSecond("count")).by("stream", "phase"), alias: "$tag_stream $tag_phase" },
            {
              select: iterations.columns(perSecond("dropped")).by("stream", "phase"),
              alias: "dropped $tag_stream $tag_phase",
            },
          ],
          width: 8,
        }),
        lines({
          title: "Is the instrument sound?",
          about:
            "Latency of a fixed responder that the same k6 process asks, and how late iterations start: both are the instrument's own. A p99 above 25 ms over the run makes it INVALID.",
          unit: unitOf("requests", "p99"),
          least: 0,
          empty: "No canary: runs of unchanged k6 scripts have none.",
          queries: [
            {
              select: from("requests")
                .columns(named("p50", aggregate("max", "p50")), named("p99", aggregate("max", "p99")))
                .where(...ofRun, is("phase", "canary"))
                .inRange()
                .every(),
              alias: "canary $col",
            },
            {
              select: from("trends")
                .columns(aggregate("max", "p99"))
                .where(...ofRun, is("metric", "start_lag"))
                .inRange()
                .every(),
              alias: "start lag p99",
            },
          ],
          width: 8,
        }),
        lines({
          title: "Own metrics of the script",
          about:
            "Trends that the script records beside latency (ttft, job_duration, …), in the statistic chosen above: the worst of the seconds in an interval, and the budget on it, dashed.",
          unit: unitOf("trends", "p95"),
          least: 0,
          empty: "No trend of its own: the script records none.",
          queries: [
            {
              select: from("trends")
                .columns(aggregate("max", chosenField(WINDOW_STATISTIC)))
                .where(...ofEndpoint, other("metric", "^(start_lag|canary_latency)$"))
                .inRange()
                .every()
                .by("metric"),
              alias: "$tag_metric",
            },
            {
              select: budgets
                .columns(aggregate("max", "limit"))
                .where(chosen("endpoint"), matches("metric", "^(ttft|job_duration)$"), chosen("statistic"))
                .by("metric"),
              alias: "budget $tag_metric",
            },
          ],
          width: 12,
        }),
        lines({
          title: "Network",
          about: "Bytes that k6 sent and received.",
          unit: "Bps",
          least: 0,
          empty: NO_LOAD,
          queries: [
            {
              select: from("counters")
                .columns(perSecond("value"))
                .where(...ofRun)
                .where(matches("metric", "^(data_sent|data_received)$"))
                .inRange()
                .every()
                .by("metric"),
              alias: "$tag_metric",
            },
          ],
          width: 12,
        }),
      ],
    },
    {
      title: "Resources",
      panels: [
        lines({
          title: "CPU by part",
          about:
            "Cores in use; of several samples in one interval the mean. Foreign: taken by programs that are no part of the run.",
          unit: unitOf("resources", "cpu"),
          least: 0,
          empty: NO_RESOURCES,
          queries: [
            { select: resources.columns(aggregate("mean", "cpu")).by("part"), alias: "$tag_part" },
            { select: resources.columns(aggregate("mean", "foreign_cpu")), alias: "foreign" },
          ],
          width: 12,
        }),
        lines({
          title: "Memory by part",
          about: "Resident memory; of several samples in one interval the largest.",
          unit: unitOf("resources", "rss"),
          least: 0,
          empty: NO_RESOURCES,
          queries: [{ select: resources.columns(aggregate("max", "rss")).by("part"), alias: "$tag_part" }],
          width: 12,
        }),
      ],
    },
    {
      title: "Verdict",
      panels: [
        grid({
          title: "Verdict",
          about:
            "What proofload concluded of each scenario, and why. The verdict is judged on exact percentiles of the whole run, not on the seconds above.",
          unit: "string",
          empty: "No verdict yet: it is given when the run has ended.",
          queries: [
            {
              select: from("verdicts")
                .columns(named("verdict", raw("code")), raw("reasons"), raw("commit"))
                .where(...ofRun)
                .by("scenario"),
            },
          ],
          overrides: [{ named: "/^verdict$/", properties: [{ id: "mappings", value: VERDICTS }] }],
          width: 24,
          height: 6,
        }),
      ],
    },
  ],
});
