import type { EndpointPlan, Plan, ScenarioPlan } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";

export function samplePlan(): Plan {
  return {
    schema: "proofload/plan/1",
    runId: "20260314-091502-quiet-otter",
    createdAt: "2026-03-14T09:15:02.000Z",
    suite: "smoke",
    environment: { kind: "embedded" },
    service: {
      name: "reference",
      directory: "targets/reference",
      command: ["node", "main.ts"],
      needs: { postgres: { urlVariable: "DATABASE_URL" }, redis: { urlVariable: "REDIS_URL" } },
      portVariable: "PORT",
      readyPath: "/readyz",
      readyWithin: "30s",
      metricsPath: "/metrics",
    },
    scenarios: [loadScenario(), memoriesScenario()],
    requirements: [
      requirement("SOC-01", "authentication (login, register, refresh) < 100 ms, max 200 ms"),
      requirement("SOC-02", "CRUD on projects and specs < 200 ms, max 500 ms"),
      requirement("SOC-03", "LLM calls (questions, extraction) < 5 s, max 10 s"),
      requirement("SOC-07", "front end: page load < 2 s, max 3 s", "needs k6 browser with a real Chromium"),
      requirement("SOC-08", "200 requests/s, error rate < 0.1 %, p95 < 500 ms, p99 < 2 s"),
      requirement("SOC-09", "no N+1: SQL statements per request as a budget"),
      { ...requirement("MEM-01", "p95 < 100 ms on all endpoints"), target: "memory", measuredBy: "memories" },
      { ...requirement("MEM-04", "memory < 512 MB under normal load"), target: "memory", measuredBy: "memories" },
      {
        ...requirement("MEM-06", "> 15,000 requests/s", "needs the capacity search"),
        target: "memory",
        measuredBy: "capacity",
      },
    ],
  };
}

function loadScenario(): ScenarioPlan {
  return {
    name: "load",
    title: "The mix of a working day at 200 requests per second",
    target: "project-assistant",
    profile: { name: "small", cpus: 2, memoryGiB: 4 },
    kind: "proofload",
    script: "scenarios/load.ts",
    warmupSeconds: 10,
    measuredSeconds: 60,
    streams: [
      {
        name: "mix",
        exec: "mix",
        warmup: { model: "open", rate: 200, seconds: 10, vus: 300 },
        measured: { model: "open", rate: 200, seconds: 60, vus: 300 },
        calls: {
          "auth.login": 0.1,
          "projects.list": 0.5,
          "projects.create": 0.2,
          "specs.read": 0.15,
          "llm.questions": 0.05,
        },
      },
    ],
    endpoints: [
      endpoint("auth.login", "POST", "/api/auth/login", ["p95 of latency < 100 ms, max 200 ms", "SOC-01"]),
      endpoint("projects.list", "GET", "/api/projects", ["p95 of latency < 200 ms, max 500 ms", "SOC-02"]),
      endpoint(
        "projects.create",
        "POST",
        "/api/projects",
        ["p95 of latency < 200 ms, max 500 ms", "SOC-02"],
        ["p99 of latency < 2 s", "SOC-08"],
      ),
      endpoint("specs.read", "GET", "/api/projects/:projectId/specs/:specId", [
        "p95 of latency < 200 ms, max 500 ms",
        "SOC-02",
      ]),
      endpoint("llm.questions", "POST", "/api/llm/questions", ["p95 of latency < 5 s, max 10 s", "SOC-03"]),
    ],
    budgets: [
      budget("error_rate < 0.1 %", { source: "SOC-08" }),
      budget("request_rate > 190/s", { source: "SOC-08" }),
      budget("db_statements_per_request < 4", { source: "SOC-09" }),
    ],
    settings: { RATE_LIMIT_PER_MINUTE: "100000" },
    params: { sessions: 100 },
    data: { seed: 7, users: 1000 },
  };
}

function memoriesScenario(): ScenarioPlan {
  return {
    name: "memories",
    title: "Relevance ranking of 50 memories, 20 users",
    target: "memory",
    profile: { name: "small", cpus: 2, memoryGiB: 4 },
    kind: "proofload",
    script: "scenarios/memories.ts",
    warmupSeconds: 5,
    measuredSeconds: 30,
    streams: [
      {
        name: "rank",
        exec: "rank",
        warmup: { model: "closed", users: 20, seconds: 5 },
        measured: { model: "closed", users: 20, seconds: 30 },
        calls: { "memory.rank": 1 },
      },
    ],
    endpoints: [
      endpoint(
        "memory.rank",
        "POST",
        "/api/memory/rank",
        ["p95 of latency < 100 ms", "MEM-01"],
        ["error_rate < 0.1 %", "MEM-01"],
      ),
    ],
    budgets: [
      budget("service_rss < 512 MB", { source: "MEM-04" }),
      budget("request_rate > 15000/s", {
        source: "MEM-06",
        boundTo: { name: "production", cpus: 16, memoryGiB: 32 },
      }),
    ],
    settings: {},
    params: {},
    data: { seed: 7, users: 1000 },
  };
}

function endpoint(
  name: string,
  method: EndpointPlan["method"],
  path: string,
  ...budgets: readonly (readonly [string, string])[]
): EndpointPlan {
  const area = name.split(".")[0] ?? name;
  return {
    name,
    method,
    path,
    class: area,
    classTitle: area,
    budgets: budgets.map(([limit, source]) => budget(limit, { source })),
  };
}

function requirement(id: string, promise: string, notMeasured?: string) {
  const row = { id, target: "project-assistant", promise, measuredBy: "load" };
  return notMeasured === undefined ? row : { ...row, notMeasured };
}
