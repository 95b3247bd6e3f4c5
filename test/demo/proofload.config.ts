import type { Configuration, TargetDefinition } from "../../harness/plan/definition.ts";
import { small } from "../../targets/profiles/small.ts";
import { referenceService, seededData } from "../../targets/reference-service.ts";

/** Loads for the demos: small enough to show one thing each, on the real service. */
const demo: TargetDefinition = {
  name: "demo",
  title: "Demos",
  specification: "docs/demos.md",
  service: { ...referenceService, directory: "../../targets/reference" },
  profile: small,
  data: seededData,
  classes: {
    read: { title: "Reads", budgets: [{ limit: "p95 of latency < 100 ms, max 200 ms", source: "DEMO-1" }] },
    login: { title: "Logins", budgets: [{ limit: "p95 of latency < 100 ms, max 200 ms", source: "DEMO-2" }] },
  },
  endpoints: {
    "auth.login": { method: "POST", path: "/api/auth/login", class: "login" },
    "auth.loginBurst": { method: "POST", path: "/api/auth/login", class: "login" },
    "templates.read": { method: "GET", path: "/api/templates/:templateId", class: "read" },
  },
  scenarios: {
    reading: {
      title: "200 reads a second",
      script: "../../scenarios/templates.ts",
      warmup: "3s",
      streams: {
        templates: {
          exec: "templates",
          load: { model: "open", rate: 200, duration: "10s" },
          calls: { "templates.read": 1 },
        },
      },
      budgets: [{ limit: "error_rate < 0.1 %", source: "DEMO-4" }],
      params: { sessions: 5 },
    },
    "too-many-logins": {
      title: "more logins a second than all cores can hash",
      script: "../../scenarios/login-burst.ts",
      warmup: "3s",
      streams: {
        burst: { exec: "burst", load: { model: "open", rate: 100, duration: "10s" }, calls: { "auth.loginBurst": 1 } },
      },
      budgets: [{ limit: "error_rate < 0.1 %", source: "DEMO-4" }],
    },
  },
  requirements: [],
};

const configuration: Configuration = { targets: [demo], suites: { demo: ["reading"] } };

export default configuration;
