/** Release comparison: two or more runs, whenever they were made, laid over each other second by second. */
import { dashboard } from "./dashboard.ts";
import { unitOf } from "./fields.ts";
import { aggregate, chosen, chosenField, from, having, is, named, raw, without } from "./influx-query.ts";
import { delta, grid, overlay, VERDICTS } from "./panels.ts";
import { fixedVariable, RUN_STATISTIC, tagVariable, targetVariable } from "./variables.ts";

/** No time range anywhere here: the runs are chosen by their id, whenever they were made. */
const ofRuns = [chosen("run"), chosen("scenario")] as const;
const measured = [...ofRuns, chosen("endpoint"), is("phase", "measured")] as const;

const latency = from("latency")
  .where(...measured)
  .by("run");
const service = from("resources")
  .where(...ofRuns, is("part", "service"))
  .by("run");
const summary = from("summary")
  .where(...ofRuns, having("endpoint"))
  .by("endpoint", "run");

const CHOOSE = "Choose two or more runs, a scenario and an endpoint that they share.";

export const releaseComparison = dashboard({
  uid: "proofload-comparison",
  about:
    "Runs laid over each other on the time since the start of their load. The dashboard's time range does not matter here: the runs are chosen by their id. It shows; it does not judge: two single runs differ by chance too.",
  time: { from: "now-90d", to: "now" },
  marks: [],
  variables: [
    targetVariable("summary"),
    tagVariable({
      name: "run",
      label: "Runs",
      about: "The runs to compare; the newest comes first.",
      of: "summary",
      after: [chosen("target")],
      choice: "several",
      newestFirst: true,
    }),
    tagVariable({
      name: "scenario",
      label: "Scenario",
      about: "The load profile to compare.",
      of: "summary",
      after: [chosen("run")],
      choice: "one",
    }),
    tagVariable({
      name: "endpoint",
      label: "Endpoint",
      about: "The endpoint whose seconds are drawn.",
      of: "latency",
      after: [chosen("run"), chosen("scenario"), is("phase", "measured")],
      choice: "one",
    }),
    fixedVariable(RUN_STATISTIC),
  ],
  sections: [
    {
      title: "The runs",
      panels: [
        grid({
          title: "Runs",
          about: "Verdict, reasons and commit of every chosen run.",
          unit: "string",
          empty: CHOOSE,
          queries: [
            {
              select: from("verdicts")
                .columns(named("verdict", raw("code")), raw("reasons"), raw("commit"))
                .where(...ofRuns)
                .by("run"),
            },
          ],
          overrides: [{ named: "/^verdict$/", properties: [{ id: "mappings", value: VERDICTS }] }],
          width: 24,
          height: 6,
        }),
      ],
    },
    {
      title: "Second by second",
      panels: [
        overlay({
          title: "p95",
          column: "p95",
          about: "95th percentile of successful requests to the endpoint, second by second.",
          unit: unitOf("latency", "p95"),
          least: 0,
          empty: CHOOSE,
          queries: [{ select: latency.columns(raw("rel_ms"), raw("p95")) }],
          width: 12,
        }),
        overlay({
          title: "p50",
          column: "p50",
          about: "Median of successful requests to the endpoint, second by second.",
          unit: unitOf("latency", "p50"),
          least: 0,
          empty: CHOOSE,
          queries: [{ select: latency.columns(raw("rel_ms"), raw("p50")) }],
          width: 12,
        }),
        overlay({
          title: "Successful requests per second",
          column: "count",
          about: "Successful requests to the endpoint in each second.",
          unit: "reqps",
          least: 0,
          empty: CHOOSE,
          queries: [{ select: latency.columns(raw("rel_ms"), raw("count")) }],
          width: 12,
        }),
        overlay({
          title: "Failed requests per second",
          column: "failed",
          about: "Failed requests to the endpoint in each second, whatever their status.",
          unit: "reqps",
          least: 0,
          empty: CHOOSE,
          queries: [
            {
              select: from("requests")
                .columns(named("rel_ms", aggregate("max", "rel_ms")), named("failed", aggregate("sum", "errors")))
                .where(...measured)
                .every("1s")
                .by("run"),
            },
          ],
          width: 12,
        }),
        overlay({
          title: "CPU of the service",
          column: "cpu",
          about: "Cores that the service used.",
          unit: unitOf("resources", "cpu"),
          least: 0,
          empty: "No sample of the service: proofload samples it where it started it itself.",
          queries: [{ select: service.columns(raw("rel_ms"), raw("cpu")) }],
          width: 12,
        }),
        overlay({
          title: "Memory of the service",
          column: "rss",
          about: "Resident memory of the service.",
          unit: unitOf("resources", "rss"),
          least: 0,
          empty: "No sample of the service: proofload samples it where it started it itself.",
          queries: [{ select: service.columns(raw("rel_ms"), raw("rss")) }],
          width: 12,
        }),
      ],
    },
    {
      title: "The whole measured phase",
      panels: [
        delta({
          title: "Latency by endpoint",
          about:
            "Exact latency of successful requests in the statistic chosen above; change: from the first run to the last, in the order of their ids.",
          unit: unitOf("summary", "p95"),
          empty: CHOOSE,
          queries: [{ select: summary.columns(named("latency", aggregate("last", chosenField(RUN_STATISTIC)))) }],
          column: "latency",
          width: 12,
        }),
        delta({
          title: "Request rate by endpoint",
          about: "Requests per second over the measured phase; change: from the first run to the last.",
          unit: unitOf("summary", "rate"),
          empty: CHOOSE,
          queries: [{ select: summary.columns(named("rate", aggregate("last", "rate"))) }],
          column: "rate",
          width: 12,
        }),
        delta({
          title: "Error rate by endpoint",
          about: "Failed requests and dropped iterations over all; change: from the first run to the last.",
          unit: unitOf("summary", "error_rate"),
          empty: CHOOSE,
          queries: [{ select: summary.columns(named("error_rate", aggregate("last", "error_rate"))) }],
          column: "error_rate",
          width: 12,
        }),
        grid({
          title: "Memory and rate of the scenario",
          about: "Largest resident memory of the service, and the rate of all endpoints together.",
          unit: unitOf("summary", "rate"),
          empty: CHOOSE,
          queries: [
            {
              select: from("summary")
                .columns(
                  named("rss_max", aggregate("last", "rss_max")),
                  named("rate", aggregate("last", "rate")),
                  named("requests", aggregate("last", "requests")),
                )
                .where(...ofRuns, without("endpoint"))
                .by("run"),
            },
          ],
          overrides: [
            { named: "/^rss_max$/", properties: [{ id: "unit", value: unitOf("summary", "rss_max") }] },
            { named: "/^requests$/", properties: [{ id: "unit", value: unitOf("summary", "requests") }] },
          ],
          width: 12,
        }),
      ],
    },
  ],
});
