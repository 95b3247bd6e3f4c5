import { expect, it } from "vitest";
import { createPointMaker } from "../harness/collect/influx/point-maker.ts";
import { resourcePoints } from "../harness/collect/influx/resource-points.ts";
import { createSeriesBudget, keyOf } from "../harness/collect/influx/series-budget.ts";
import type { Attributes, MetricsExport, Point } from "../harness/collect/otlp.ts";
import { countsCost } from "../harness/plan/cost-scenario.ts";
import type { ScenarioPlan } from "../harness/plan/plan.ts";
import { readPlan } from "../harness/plan/read-plan.ts";
import configuration from "../proofload.config.ts";

const AT = 1e12;

/** What k6 sends of a scenario of ours where every endpoint answers, and fails now and then. */
function exportOf(scenario: ScenarioPlan): MetricsExport {
  const points: Point[] = [];
  const common = (metric: string, attributes: Attributes) => {
    const series = JSON.stringify([metric, attributes]);
    return { metric, attributes, series, start: AT - 1000, time: AT, temporality: "cumulative" } as const;
  };
  const count = (metric: string, attributes: Attributes) =>
    points.push({ ...common(metric, attributes), kind: "sum", value: 1 });
  const trend = (metric: string, attributes: Attributes) => {
    const value = { scale: 0, offset: 0, counts: [1], zeroCount: 0, count: 1, sum: 2, min: 2, max: 2 };
    points.push({ ...common(metric, attributes), kind: "histogram", value });
  };
  const request = (name: string, tags: Attributes, answer: Attributes) => {
    const condition = answer["error_code"] === undefined ? "zero" : "nonzero";
    count("http_reqs", { name, ...tags, ...answer });
    trend("http_req_duration", { name, ...tags, ...answer });
    count("http_req_failed.total", { name, condition, ...tags, ...answer });
    for (const timing of ["blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving"]) {
      trend(`http_req_${timing}`, { name, ...tags, ...answer });
    }
  };
  const iteration = (tags: Attributes) => {
    count("iterations", tags);
    trend("iteration_duration", tags);
    count("data_sent", tags);
    count("data_received", tags);
  };
  const called = (name: string, tags: Attributes) => {
    request(name, tags, { status: "200" });
    trend("latency", { name, ...tags });
    trend("scheduled_latency", { name, ...tags });
    count("checks.total", { name, check: `${name}: body`, condition: "nonzero", ...tags });
  };

  called("auth.login", {});
  count("data_sent", {});
  count("data_received", {});
  const canary = { phase: "canary", scenario: "canary" };
  request("canary", canary, { status: "200" });
  iteration(canary);
  trend("canary_latency", canary);
  for (const stream of scenario.streams) {
    for (const phase of stream.warmup === undefined ? ["measured"] : ["warmup", "measured"]) {
      const tags = { phase, scenario: phase === "warmup" ? `${stream.name}_warmup` : stream.name };
      iteration(tags);
      trend("start_lag", tags);
      for (const name of Object.keys(stream.calls)) {
        called(name, tags);
        request(name, tags, { status: "503", error_code: "1503" });
      }
    }
    count("dropped_iterations", { scenario: stream.name });
  }
  for (const metric of ["vus", "vus_max"]) {
    points.push({ ...common(metric, {}), temporality: "delta", kind: "gauge", value: 1 });
  }
  for (const metric of ["ttft", "job_duration"] as const) {
    const budgets = scenario.endpoints.filter((endpoint) => endpoint.budgets.some((one) => one.metric === metric));
    for (const { name } of budgets)
      trend(metric, { name, phase: "measured", scenario: scenario.streams[0]?.name ?? "" });
  }
  return { at: AT, points, explicitBuckets: [] };
}

it("keeps the release suite within the series budget of a run, though every endpoint fails as well", () => {
  const { scenarios } = readPlan(configuration, {
    what: ["release-load"],
    runId: "r1",
    createdAt: "2026-01-01T00:00:00Z",
    environment: { kind: "embedded" },
    resolvePath: (path) => path,
  });
  const series = createSeriesBudget();
  const keys = new Set<string>();
  // Costs are counted with k6 alone: nothing of them is streamed.
  for (const plan of scenarios.filter((scenario) => !countsCost(scenario))) {
    const context = { run: "r1", target: plan.target, scenario: plan.name };
    const parts = ["service", "postgres", "redis", "k6", "harness", "canary", "machine"];
    const values = Object.fromEntries(parts.map((part) => [`${part}.cpu`, 1]));
    for (const point of resourcePoints(context, { at: AT, values })) keys.add(keyOf(series.place(point)));
    const maker = createPointMaker({ ...context, kind: plan.kind, plan, series });
    maker.add(exportOf(plan));
    for (const point of maker.take()) keys.add(keyOf(point));
  }
  expect(scenarios.length).toBeGreaterThan(15);
  expect(keys.size).toBeGreaterThan(500);
  expect(series.overflow()).toEqual({ series: 0, byTag: {} });
});
