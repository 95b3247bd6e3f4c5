import type { EndpointClass, TargetDefinition } from "../harness/plan/definition.ts";
import { small } from "./profiles/small.ts";
import { projectAssistantCosts } from "./project-assistant-costs.ts";
import { projectAssistantRequirements } from "./project-assistant-requirements.ts";
import { projectAssistantScenarios } from "./project-assistant-scenarios.ts";
import { classified, referenceService, seededData } from "./reference-service.ts";

/** "Response time targets": one class per row of the specification's table, target and max acceptable. */
const classes = {
  auth: { title: "Authentication", budgets: [{ limit: "p95 of latency < 100 ms, max 200 ms", source: "SOC-01" }] },
  crud: { title: "CRUD operations", budgets: [{ limit: "p95 of latency < 200 ms, max 500 ms", source: "SOC-02" }] },
  llm: { title: "LLM calls", budgets: [{ limit: "p95 of latency < 5 s, max 10 s", source: "SOC-03" }] },
  streamed: {
    title: "Streamed LLM calls",
    budgets: [
      { limit: "p95 of latency < 5 s, max 10 s", source: "SOC-03" },
      { limit: "p95 of ttft < 5 s, max 10 s", source: "SOC-11" },
    ],
  },
  conflicts: { title: "Conflict detection", budgets: [{ limit: "p95 of latency < 1 s, max 3 s", source: "SOC-04" }] },
  quality: { title: "Quality control", budgets: [{ limit: "p95 of latency < 2 s, max 5 s", source: "SOC-05" }] },
  // Starting and watching a generation are plain API calls; the generation itself is judged by job_duration.
  jobs: { title: "Project generation", budgets: [{ limit: "p95 of latency < 500 ms", source: "SOC-08" }] },
  burst: {
    title: "Login burst",
    budgets: [
      { limit: "p95 of latency < 500 ms", source: "SOC-17" },
      { limit: "p99 of latency < 2 s", source: "SOC-17" },
    ],
  },
} as const satisfies Record<string, EndpointClass>;

const endpoints = classified({
  auth: ["auth.register", "auth.login", "auth.refresh", "auth.logout"],
  crud: [
    "projects.list",
    "projects.create",
    "projects.read",
    "projects.update",
    "projects.archive",
    "specs.list",
    "specs.create",
    "specs.bulk",
    "specs.read",
    "specs.update",
    "specs.delete",
    "conflicts.list",
    "templates.read",
  ],
  llm: ["llm.questions", "llm.extract"],
  streamed: ["llm.stream"],
  conflicts: ["conflicts.detect"],
  quality: ["quality.check"],
  jobs: ["projects.generate", "jobs.read"],
  burst: ["auth.loginBurst"],
});

const costed = Object.fromEntries(
  Object.entries(endpoints).map(([name, endpoint]) => {
    const budgets = projectAssistantCosts[name as keyof typeof projectAssistantCosts];
    return [name, budgets === undefined ? endpoint : { ...endpoint, budgets }];
  }),
);

export const projectAssistant: TargetDefinition = {
  name: "project-assistant",
  title: "Socratic project assistant",
  specification: "PERFORMANCE REQUIREMENTS 1.0.0 (project assistant)",
  service: referenceService,
  profile: small,
  data: seededData,
  classes,
  endpoints: costed,
  scenarios: projectAssistantScenarios,
  requirements: projectAssistantRequirements,
};
