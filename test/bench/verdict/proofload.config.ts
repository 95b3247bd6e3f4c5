import type { Configuration, TargetDefinition } from "../../../harness/plan/definition.ts";
import { small } from "../../../targets/profiles/small.ts";
import { referenceService, seededData } from "../../../targets/reference-service.ts";

/**
 * Iterations per second; each asks both classes of both sides once. At 60 the noise from start to start was 3–6 %: too few
 * requests for a median, and a machine that sleeps between them.
 */
const RATE = 150;

/** The reference service under a load whose classes are single endpoints that read Postgres. */
const reads: TargetDefinition = {
  name: "verdict-bench",
  title: "Builds to be told apart",
  specification: "bench:verdict",
  service: { ...referenceService, directory: "../../../targets/reference" },
  profile: small,
  data: seededData,
  classes: {
    list: { title: "A page of projects", budgets: [{ limit: "p95 of latency < 1 s", source: "BENCH" }] },
    read: { title: "One project", budgets: [{ limit: "p95 of latency < 1 s", source: "BENCH" }] },
  },
  endpoints: {
    "projects.list": { method: "GET", path: "/api/projects", class: "list" },
    "projects.read": { method: "GET", path: "/api/projects/:projectId", class: "read" },
  },
  scenarios: {
    "project-reads": {
      title: "Pages of projects and single projects",
      script: "../../../scenarios/bench/project-reads.ts",
      warmup: "3s",
      streams: {
        browse: {
          exec: "browse",
          load: { model: "open", rate: RATE, duration: "12s" },
          calls: { "projects.list": 1, "projects.read": 1 },
        },
      },
      budgets: [],
      params: { sessions: 6 },
    },
  },
  requirements: [],
};

const configuration: Configuration = { targets: [reads], suites: { bench: ["project-reads"] } };

export default configuration;
