/** Trends: each endpoint over the commits, with the moments that explain a step. */
import { dashboard } from "./dashboard.ts";
import { unitOf } from "./fields.ts";
import { aggregate, chosen, chosenField, from, having, is, named, raw, without } from "./influx-query.ts";
import { grid, history, timeline, VERDICTS } from "./panels.ts";
import { fixedVariable, RUN_STATISTIC, tagVariable, targetVariable } from "./variables.ts";

const ofScenario = [chosen("target"), chosen("scenario")] as const;

const endpoints = from("summary")
  .where(...ofScenario, chosen("endpoint"), having("endpoint"))
  .inRange()
  .by("scenario", "endpoint");
const scenarios = from("summary")
  .where(...ofScenario, without("endpoint"))
  .inRange()
  .by("scenario");
const verdicts = from("verdicts")
  .where(...ofScenario, chosen("suite"))
  .inRange();
/** A limit is written with every run, at the time of the run. */
const budgets = from("budgets")
  .columns(aggregate("last", "limit"))
  .where(...ofScenario)
  .inRange()
  .every();

const NO_RUN = "No run in this time range: widen it. A run stands at the time of the commit that it measured.";

export const trends = dashboard({
  uid: "proofload-trends",
  about:
    "Every endpoint over the commits: one point for each run, at the time of the commit that it measured. Latency is exact, over the whole measured phase.",
  time: { from: "now-90d", to: "now" },
  marks: ["deployment", "change_point"],
  variables: [
    targetVariable("summary"),
    tagVariable({
      name: "suite",
      label: "Suite",
      about: "Suites of the target.",
      of: "summary",
      after: [chosen("target")],
      choice: "any",
    }),
    tagVariable({
      name: "scenario",
      label: "Scenario",
      about: "Load profiles of the target.",
      of: "summary",
      after: [chosen("target"), chosen("suite")],
      choice: "any",
    }),
    tagVariable({
      name: "endpoint",
      label: "Endpoint",
      about: "Endpoints of the scenarios.",
      of: "summary",
      after: [chosen("target"), chosen("scenario")],
      choice: "any",
    }),
    fixedVariable(RUN_STATISTIC),
  ],
  sections: [
    {
      title: "Endpoints",
      panels: [
        history({
          title: "Latency by endpoint",
          about:
            "Latency of successful requests in the statistic chosen above, one point for each run, and the budget on that statistic, dashed. Change points and deployments are marked.",
          unit: unitOf("summary", "p95"),
          least: 0,
          empty: NO_RUN,
          queries: [
            {
              select: endpoints.columns(chosenField(RUN_STATISTIC)),
              alias: "$tag_scenario $tag_endpoint",
            },
            {
              select: budgets
                .where(chosen("endpoint"), is("metric", "latency"), chosen("statistic"))
                .by("scenario", "endpoint"),
              alias: "budget $tag_scenario $tag_endpoint",
            },
          ],
          width: 24,
          height: 11,
        }),
        history({
          title: "Error rate by endpoint",
          about: "Failed requests and dropped iterations over all, and the budget on it, dashed.",
          unit: unitOf("summary", "error_rate"),
          least: 0,
          empty: NO_RUN,
          queries: [
            { select: endpoints.columns(raw("error_rate")), alias: "$tag_scenario $tag_endpoint" },
            {
              select: budgets.where(chosen("endpoint"), is("metric", "error_rate")).by("scenario", "endpoint"),
              alias: "budget $tag_scenario $tag_endpoint",
            },
          ],
          width: 12,
        }),
        history({
          title: "Request rate by endpoint",
          about: "Requests per second over the measured phase.",
          unit: unitOf("summary", "rate"),
          least: 0,
          empty: NO_RUN,
          queries: [{ select: endpoints.columns(raw("rate")), alias: "$tag_scenario $tag_endpoint" }],
          width: 12,
        }),
      ],
    },
    {
      title: "Scenarios",
      panels: [
        history({
          title: "Memory of the service",
          about: "Most resident memory of the service in each run, and the budget on it, dashed.",
          unit: unitOf("summary", "rss_max"),
          least: 0,
          empty: "No memory was sampled: proofload samples a service that it started itself.",
          queries: [
            { select: scenarios.columns(raw("rss_max")), alias: "$tag_scenario" },
            { select: budgets.where(is("metric", "service_rss")).by("scenario"), alias: "budget $tag_scenario" },
          ],
          width: 12,
        }),
        history({
          title: "Request rate of the scenario",
          about: "Requests per second of all endpoints together.",
          unit: unitOf("summary", "rate"),
          least: 0,
          empty: NO_RUN,
          queries: [{ select: scenarios.columns(raw("rate")), alias: "$tag_scenario" }],
          width: 12,
        }),
      ],
    },
    {
      title: "Verdicts",
      panels: [
        timeline({
          title: "Verdict history",
          about: "The verdict of each scenario, from one run to the next, at the time when the run was made.",
          unit: unitOf("verdicts", "code"),
          empty: "No verdict in this time range: widen it.",
          queries: [{ select: verdicts.columns(raw("code")).by("scenario"), alias: "$tag_scenario" }],
          width: 24,
        }),
        grid({
          title: "Runs",
          about: "The newest runs, with the reasons of their verdicts. The id leads to the run's own dashboard.",
          unit: "string",
          empty: "No verdict in this time range: widen it.",
          queries: [
            {
              select: verdicts
                .columns(
                  raw("run"),
                  raw("suite"),
                  raw("scenario"),
                  named("verdict", raw("code")),
                  raw("reasons"),
                  raw("commit"),
                )
                .newestFirst(100),
            },
          ],
          overrides: [
            { named: "/^verdict$/", properties: [{ id: "mappings", value: VERDICTS }] },
            {
              named: "/^run$/",
              properties: [
                {
                  id: "links",
                  value: [
                    {
                      title: "Live run",
                      // A window around the run's start that holds any run of a night.
                      url: `/d/proofload-live?var-run=\${__data.fields.run}&time=\${__data.fields.Time:raw}&time.window=14400000`,
                    },
                  ],
                },
              ],
            },
          ],
          width: 24,
          height: 10,
        }),
      ],
    },
  ],
});
