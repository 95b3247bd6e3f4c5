/** Live run: what the load does to the service right now, second by second. */

import { dashboard } from "./dashboard.ts";
import { unitOf } from "./fields.ts";
import { aggregate, chosen, from, is, named, perSecond, raw } from "./influx-query.ts";
import { LOAD_GENERATOR, RESOURCES } from "./live-run-generator.ts";
import { ERRORS, RATE_AND_LATENCY } from "./live-run-load.ts";
import { iterations, NO_LOAD, ofRun, requests } from "./live-run-queries.ts";
import { figure, grid, VERDICTS } from "./panels.ts";
import { fixedVariable, PHASE, runVariable, tagVariable, targetVariable, WINDOW_STATISTIC } from "./variables.ts";

export const liveRun = dashboard({
  uid: "proofload-live",
  about:
    "One run, while it goes on and afterwards: rate, latency against its budgets, errors, load generator, resources. Every figure is of one second of load; what is drawn for a wider interval says how the seconds were put together.",
  time: { from: "now-15m", to: "now" },
  refresh: "5s",
  marks: ["run", "deployment"],
  variables: [
    targetVariable("iterations"),
    runVariable("iterations"),
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
    RATE_AND_LATENCY,
    ERRORS,
    LOAD_GENERATOR,
    RESOURCES,
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
