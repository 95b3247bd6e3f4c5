import type { Configuration, LoadShape, ScenarioDefinition, TargetDefinition } from "../../harness/plan/definition.ts";

const scenario = (title: string, load: LoadShape, warmup = "2s"): ScenarioDefinition => ({
  title,
  script: "../../scenarios/bench/two-bytes.ts",
  warmup,
  streams: { ask: { exec: "ask", load, calls: { "two-bytes": 1 } } },
  budgets: [],
});

/** Next to no requests, for figures per second. */
const idle = (seconds: number) =>
  scenario(`1 request/s for ${seconds} s`, { model: "open", rate: 1, duration: `${seconds}s` }, "0s");

/** A responder of two bytes, for benchmarks of the harness itself. */
const twoBytes: TargetDefinition = {
  name: "two-bytes",
  title: "Two bytes",
  specification: "bench:overhead",
  service: {
    name: "two-bytes",
    directory: "../../harness/load",
    command: ["node", "canary-process.ts"],
    needs: {},
    portVariable: "PORT",
    readyPath: "/",
    readyWithin: "5s",
  },
  profile: { name: "any", cpus: 1, memoryGiB: 1 },
  data: { seed: 1 },
  classes: { any: { title: "Any", budgets: [{ limit: "p95 of latency < 20 ms", source: "BENCH" }] } },
  endpoints: { "two-bytes": { method: "GET", path: "/", class: "any" } },
  scenarios: {
    "open-2000": scenario("2,000 requests/s", { model: "open", rate: 2000, duration: "10s" }),
    closed: scenario("20 users without a pause", { model: "closed", users: 20, duration: "8s" }),
    "idle-10": idle(10),
    "idle-40": idle(40),
    soak: scenario("13 minutes at 500 requests/s", { model: "open", rate: 500, duration: "13m" }, "0s"),
  },
  requirements: [],
};

const configuration: Configuration = { targets: [twoBytes], suites: {} };

export default configuration;
