/** Micro-benchmarks: single operations over the commits. */
import { dashboard } from "./dashboard.ts";
import { unitOf } from "./fields.ts";
import { aggregate, chosen, from, named, raw } from "./influx-query.ts";
import { grid, history } from "./panels.ts";
import { tagVariable } from "./variables.ts";

const points = from("micro")
  .where(chosen("target"), chosen("subject"), chosen("bench"))
  .inRange()
  .by("subject", "bench");

const NO_BENCH =
  "No micro-benchmark in this time range: `proofload micro` makes some. A run stands at its commit's time.";

export const microBenchmarks = dashboard({
  uid: "proofload-micro",
  about:
    "Single operations inside a process: time, memory and garbage collection, one point for each run, at its commit's time.",
  time: { from: "now-90d", to: "now" },
  marks: ["change_point"],
  variables: [
    tagVariable({ name: "target", label: "Target", about: "What is measured.", of: "micro", choice: "oneOrAll" }),
    tagVariable({
      name: "subject",
      label: "Subject",
      about: "Files of micro-benchmarks.",
      of: "micro",
      after: [chosen("target")],
      choice: "any",
    }),
    tagVariable({
      name: "bench",
      label: "Benchmark",
      about: "Benchmarks of the subject, with their size where there is a sweep.",
      of: "micro",
      after: [chosen("target"), chosen("subject")],
      choice: "any",
    }),
  ],
  sections: [
    {
      title: "Time",
      panels: [
        history({
          title: "Mean time of an operation",
          about: "Mean over all rounds.",
          unit: unitOf("micro", "mean"),
          least: 0,
          empty: NO_BENCH,
          queries: [{ select: points.columns(raw("mean")), alias: "$tag_subject $tag_bench" }],
          width: 12,
        }),
        history({
          title: "p95 of an operation",
          about: "95th percentile of the samples.",
          unit: unitOf("micro", "p95"),
          least: 0,
          empty: NO_BENCH,
          queries: [{ select: points.columns(raw("p95")), alias: "$tag_subject $tag_bench" }],
          width: 12,
        }),
      ],
    },
    {
      title: "Memory",
      panels: [
        history({
          title: "Bytes of an operation",
          about: "Heap bytes that one operation allocates.",
          unit: unitOf("micro", "bytes"),
          least: 0,
          empty: NO_BENCH,
          queries: [{ select: points.columns(raw("bytes")), alias: "$tag_subject $tag_bench" }],
          width: 8,
        }),
        history({
          title: "Time in garbage collection",
          about: "Garbage collection in all of the time that the benchmark was measured.",
          unit: unitOf("micro", "gc_ns"),
          least: 0,
          empty: NO_BENCH,
          queries: [{ select: points.columns(raw("gc_ns")), alias: "$tag_subject $tag_bench" }],
          width: 8,
        }),
        history({
          title: "Memory of the process",
          about: "Largest resident memory of the benchmark's process.",
          unit: unitOf("micro", "peak_rss"),
          least: 0,
          empty: NO_BENCH,
          queries: [{ select: points.columns(raw("peak_rss")), alias: "$tag_subject $tag_bench" }],
          width: 8,
        }),
      ],
    },
    {
      title: "Newest",
      panels: [
        grid({
          title: "Newest figures",
          about: "What the newest commit in the time range was measured at.",
          unit: unitOf("micro", "mean"),
          empty: NO_BENCH,
          queries: [
            {
              select: points.columns(
                named("mean", aggregate("last", "mean")),
                named("min", aggregate("last", "min")),
                named("p50", aggregate("last", "p50")),
                named("p95", aggregate("last", "p95")),
                named("p99", aggregate("last", "p99")),
                named("bytes", aggregate("last", "bytes")),
                named("size", aggregate("last", "size")),
              ),
            },
          ],
          transformations: [{ id: "filterFieldsByName", options: { exclude: { names: ["Time"] } } }],
          overrides: [
            { named: "/^bytes$/", properties: [{ id: "unit", value: unitOf("micro", "bytes") }] },
            { named: "/^size$/", properties: [{ id: "unit", value: unitOf("micro", "size") }] },
          ],
          width: 24,
          height: 10,
        }),
      ],
    },
  ],
});
