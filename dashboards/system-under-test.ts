/** System under test: what the service and its parts needed while they were under load. */
import { dashboard } from "./dashboard.ts";
import { unitOf } from "./fields.ts";
import { aggregate, chosen, from, is, perSecond } from "./influx-query.ts";
import { lines } from "./panels.ts";
import { runVariable, tagVariable, targetVariable } from "./variables.ts";

const ofRun = [chosen("run"), chosen("scenario")] as const;
const samples = from("resources")
  .where(...ofRun)
  .inRange()
  .every();
const service = samples.where(is("part", "service"));
const machine = samples.where(is("part", "machine"));
const budgets = from("budgets")
  .columns(aggregate("max", "limit"))
  .where(...ofRun)
  .inRange()
  .every();

const NO_SAMPLE = "No sample: proofload samples what it started itself on the same machine.";
const NO_GAUGE = "Not told: the service has no such gauge among its metrics.";

export const systemUnderTest = dashboard({
  uid: "proofload-system",
  about:
    "What the service, its database and its cache needed under load, against what they may use. Of several samples in one interval the mean is drawn, of memory and waiting the largest.",
  time: { from: "now-15m", to: "now" },
  refresh: "5s",
  marks: ["run", "deployment"],
  variables: [
    targetVariable("resources"),
    runVariable("resources"),
    tagVariable({
      name: "scenario",
      label: "Scenario",
      about: "Load profiles of the run.",
      of: "resources",
      after: [chosen("run")],
      choice: "any",
    }),
    tagVariable({
      name: "part",
      label: "Part",
      about: "Parts of the run: the service, its database and cache, k6, the harness, the canary, the machine.",
      of: "resources",
      after: [chosen("run")],
      choice: "any",
    }),
  ],
  sections: [
    {
      title: "Load",
      panels: [
        lines({
          title: "Request rate",
          about: "What all of the below was needed for.",
          unit: "reqps",
          least: 0,
          empty: "No request yet: it fills as soon as the first second of load is written.",
          queries: [
            {
              select: from("requests")
                .columns(perSecond("count"))
                .where(...ofRun)
                .inRange()
                .every()
                .by("phase"),
              alias: "$tag_phase",
            },
          ],
          width: 24,
          height: 6,
        }),
      ],
    },
    {
      title: "CPU and memory",
      panels: [
        lines({
          title: "CPU by part",
          about: "Cores in use, and how many the part may use.",
          unit: unitOf("resources", "cpu"),
          least: 0,
          empty: NO_SAMPLE,
          queries: [
            { select: samples.where(chosen("part")).columns(aggregate("mean", "cpu")).by("part"), alias: "$tag_part" },
            {
              select: samples.where(chosen("part")).columns(aggregate("max", "cpu_limit")).by("part"),
              alias: "limit of $tag_part",
            },
          ],
          width: 12,
        }),
        lines({
          title: "Memory by part",
          about: "Resident memory, how much the part may use, and the budget on the service's, dashed.",
          unit: unitOf("resources", "rss"),
          least: 0,
          empty: NO_SAMPLE,
          queries: [
            { select: samples.where(chosen("part")).columns(aggregate("max", "rss")).by("part"), alias: "$tag_part" },
            {
              select: samples.where(chosen("part")).columns(aggregate("max", "memory_limit")).by("part"),
              alias: "limit of $tag_part",
            },
            { select: budgets.where(is("metric", "service_rss")), alias: "budget of the service" },
          ],
          width: 12,
        }),
        lines({
          title: "Throttled",
          about: "Share of scheduling periods in which the part had used up its CPU quota and had to stand still.",
          unit: unitOf("resources", "throttled_share"),
          least: 0,
          most: 1,
          empty: "Not throttled by any quota: no part has one.",
          queries: [
            {
              select: samples.where(chosen("part")).columns(aggregate("max", "throttled_share")).by("part"),
              alias: "$tag_part",
            },
          ],
          width: 12,
        }),
        lines({
          title: "CPU that others took",
          about:
            "Cores that programs outside the run used on this machine, and that other virtual machines took from it.",
          unit: unitOf("resources", "foreign_cpu"),
          least: 0,
          empty: NO_SAMPLE,
          queries: [
            { select: machine.columns(aggregate("mean", "foreign_cpu")), alias: "other programs" },
            { select: machine.columns(aggregate("mean", "stolen_cpu")), alias: "other virtual machines" },
          ],
          width: 12,
        }),
      ],
    },
    {
      title: "Inside the service",
      panels: [
        lines({
          title: "Connection pool",
          about: "Connections of the pool in use, its size, and requests that wait for one.",
          unit: unitOf("resources", "pool_in_use"),
          least: 0,
          empty: NO_GAUGE,
          queries: [
            { select: service.columns(aggregate("max", "pool_in_use")), alias: "in use" },
            { select: service.columns(aggregate("max", "pool_waiting")), alias: "waiting" },
            { select: service.columns(aggregate("max", "pool_size")), alias: "size" },
          ],
          width: 12,
        }),
        lines({
          title: "Cache hits",
          about: "Share of look-ups that the cache answered.",
          unit: unitOf("resources", "cache_hit_ratio"),
          least: 0,
          most: 1,
          empty: NO_GAUGE,
          queries: [{ select: service.columns(aggregate("mean", "cache_hit_ratio")), alias: "hit ratio" }],
          width: 12,
        }),
        lines({
          title: "Query time",
          about: "Mean time of a database query since the reading before.",
          unit: unitOf("resources", "db_query_duration"),
          least: 0,
          empty: NO_GAUGE,
          queries: [
            { select: service.columns(aggregate("mean", "db_query_duration")), alias: "mean" },
            { select: budgets.where(is("metric", "db_query_duration")), alias: "budget" },
          ],
          width: 12,
        }),
        lines({
          title: "Event-loop delay",
          about: "p99 of the event loop's delay since the reading before, the worst reading of the interval.",
          unit: unitOf("resources", "event_loop_delay"),
          least: 0,
          empty: NO_GAUGE,
          queries: [
            { select: service.columns(aggregate("max", "event_loop_delay")), alias: "p99" },
            { select: budgets.where(is("metric", "event_loop_delay")), alias: "budget" },
          ],
          width: 12,
        }),
        lines({
          title: "JavaScript heap",
          about: "Heap in use inside the service.",
          unit: unitOf("resources", "heap_used"),
          least: 0,
          empty: NO_GAUGE,
          queries: [{ select: service.columns(aggregate("max", "heap_used")), alias: "heap in use" }],
          width: 12,
        }),
      ],
    },
  ],
});
