import { BUCKET_EDGES_MS, bucketField } from "../harness/collect/influx/measurements.ts";
import type { Section } from "./dashboard.ts";
import { unitOf } from "./fields.ts";
import { aggregate, chosen, chosenField, from, is, named, perSecond, quotient } from "./influx-query.ts";
import { BY_ENDPOINT, budgets, ENDPOINT, latency, NO_LOAD, ofPhase, ofRun, requests } from "./live-run-queries.ts";
import { grid, heat, lines, stackedBars } from "./panels.ts";
import { WINDOW_STATISTIC } from "./variables.ts";

/** What is asked for, and how fast the answers are. */
export const RATE_AND_LATENCY: Section = {
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
      queries: [{ select: requests.columns(aggregate("sum", "count")).by("status_class"), alias: "$tag_status_class" }],
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
};

/** What failed. */
export const ERRORS: Section = {
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
};
