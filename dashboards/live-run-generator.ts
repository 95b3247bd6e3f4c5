import type { Section } from "./dashboard.ts";
import { unitOf } from "./fields.ts";
import { aggregate, chosen, chosenField, from, is, matches, named, other, perSecond } from "./influx-query.ts";
import { budgets, iterations, NO_LOAD, NO_RESOURCES, ofEndpoint, ofRun, resources } from "./live-run-queries.ts";
import { lines } from "./panels.ts";
import { WINDOW_STATISTIC } from "./variables.ts";

/** Whether k6 did what it should. */
export const LOAD_GENERATOR: Section = {
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
            .where(...ofEndpoint, other("metric", "^(start_lag|canary_latency|scheduled_latency)$"))
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
};

/** What all parts of the run needed. */
export const RESOURCES: Section = {
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
};
