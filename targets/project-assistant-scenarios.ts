import type { BudgetLine, ScenarioDefinition } from "../harness/plan/definition.ts";
import { closed, counted, open } from "./streams.ts";

const fewErrors: BudgetLine = { limit: "error_rate < 0.1 %", source: "SOC-08" };

// What one iteration of each exported function of the scripts calls.
const SESSION = { "auth.login": 1, "auth.refresh": 1, "auth.logout": 1 };
const REGISTER = { "auth.register": 1 };
const PROJECTS = {
  "projects.list": 1,
  "projects.create": 1,
  "projects.read": 1,
  "projects.update": 1,
  "projects.archive": 1,
};
const SPECS = { "specs.list": 1, "specs.create": 1, "specs.read": 1, "specs.update": 1, "specs.delete": 1 };
const CONFLICTS = { "conflicts.detect": 1, "conflicts.list": 1 };

/**
 * SOC-08 as one operation per iteration, in whole percents. Open: 180 + 4 + 4 + 6 + 6 = 200 requests a second, where
 * slow and expensive operations have streams of their own, so that each has the VUs that its own budget needs.
 */
const API_MIX = {
  "projects.list": 0.2,
  "projects.read": 0.2,
  "projects.update": 0.05,
  "specs.list": 0.15,
  "specs.read": 0.2,
  "specs.create": 0.1,
  "templates.read": 0.1,
};

/** The same day, as one user has it. */
const USER_MIX = {
  "projects.list": 0.18,
  "projects.read": 0.18,
  "projects.update": 0.04,
  "specs.list": 0.14,
  "specs.read": 0.18,
  "specs.create": 0.09,
  "templates.read": 0.09,
  "auth.login": 0.02,
  "llm.questions": 0.02,
  "conflicts.detect": 0.03,
  "quality.check": 0.03,
};

const loadBudgets: readonly BudgetLine[] = [
  fewErrors,
  { limit: "request_rate > 199/s", source: "SOC-08" },
  { limit: "p95 of latency < 500 ms", source: "SOC-08" },
  { limit: "p99 of latency < 2 s", source: "SOC-08" },
  { limit: "max of service_rss < 512 MB", source: "MEM-04" },
  { limit: "mean of redis_command_duration < 1 ms", source: "MEM-12" },
  { limit: "mean of db_query_duration < 50 ms", source: "MEM-02" },
  { limit: "p99 of event_loop_delay < 50 ms", source: "HYP-12" },
  { limit: "max of pool_in_use < 31", source: "SOC-12" },
  { limit: "slow_queries < 1", source: "SOC-10" },
];

function loadOpen(title: string, duration: string): ScenarioDefinition {
  return {
    title,
    script: "scenarios/load.ts",
    warmup: "10s",
    streams: {
      api: open("operation", 180, duration, API_MIX),
      login: open("login", 4, duration, { "auth.login": 1 }),
      questions: open("questions", 4, duration, { "llm.questions": 1 }),
      conflicts: open("conflicts", 6, duration, { "conflicts.detect": 1 }),
      quality: open("quality", 6, duration, { "quality.check": 1 }),
    },
    budgets: loadBudgets,
    // A prime, so that every user gets to do everything in a mix of a hundred.
    params: { sessions: 47 },
  };
}

export const projectAssistantScenarios = {
  // The quick suite is light enough for a laptop that also runs the database and k6. Hashing a password costs 37 ms of
  // CPU here and twice that on a slow day: it has a scenario of its own, so that nothing else waits behind it.
  "quick-accounts": {
    title: "Accounts: register, login, refresh, logout, briefly",
    script: "scenarios/auth.ts",
    warmup: "3s",
    streams: {
      accounts: open("accounts", 9.6, "22s", {
        "auth.login": 0.5,
        "auth.refresh": 0.5,
        "auth.logout": 0.5,
        "auth.register": 0.5,
      }),
    },
    budgets: [fewErrors],
  },
  // Rates without a common beat, so that the streams do not all start their iterations in the same millisecond.
  "quick-assistant": {
    title: "Projects, specs, questions, conflicts, quality, briefly",
    script: "scenarios/quick-assistant.ts",
    warmup: "4s",
    streams: {
      projects: open("projects", 7, "17s", PROJECTS),
      specs: open("specs", 6.1, "17s", SPECS),
      questions: open("questions", 6.7, "17s", { "llm.questions": 1 }),
      extract: open("extract", 6.3, "17s", { "llm.extract": 1 }),
      conflicts: open("conflicts", 6, "17s", CONFLICTS),
      quality: open("quality", 6.5, "17s", { "quality.check": 1 }),
    },
    budgets: [fewErrors],
    params: { sessions: 12 },
  },
  smoke: {
    title: "Is everything there at all",
    script: "scenarios/smoke.ts",
    warmup: "3s",
    streams: {
      session: open("session", 5, "20s", SESSION),
      projects: open("projects", 7, "20s", PROJECTS),
      specs: open("specs", 6, "20s", SPECS),
      questions: open("questions", 6.5, "20s", { "llm.questions": 1 }),
      conflicts: open("conflicts", 5.5, "20s", CONFLICTS),
    },
    budgets: [fewErrors],
    params: { sessions: 12 },
  },
  costs: {
    title: "What one request costs: statements, rows, Redis commands, bytes, CPU",
    script: "scenarios/smoke.ts",
    // As fast as one user goes: long enough for the compiler.
    warmup: "5s",
    streams: {
      projects: counted("projects", PROJECTS),
      specs: counted("specs", SPECS),
      session: counted("session", SESSION),
      questions: counted("questions", { "llm.questions": 1 }),
      conflicts: counted("conflicts", CONFLICTS),
    },
    budgets: [fewErrors],
    // How long the provider takes costs the service nothing. With one user the pool's second connection is rarely used, and
    // would be asked with a statement of its own whether it still answers: in one of a thousand requests, and never the same.
    settings: { LLM_TIME_SCALE: "0.01", POOL_PING_AFTER_IDLE_MS: "600000" },
    params: { sessions: 12 },
  },
  auth: {
    title: "Register, login, refresh, logout",
    script: "scenarios/auth.ts",
    warmup: "5s",
    streams: { session: open("session", 8, "30s", SESSION), register: open("register", 7, "30s", REGISTER) },
    budgets: [fewErrors],
  },
  crud: {
    title: "Projects and specs: create, list, read, update, delete",
    script: "scenarios/crud.ts",
    warmup: "5s",
    streams: {
      projects: open("projects", 15, "30s", PROJECTS),
      specs: open("specs", 13, "30s", { ...SPECS, "specs.bulk": 1 }),
    },
    // Nothing here takes more than one statement, and the audit log adds a few. With N+1 a list of ten takes eleven.
    budgets: [fewErrors, { limit: "db_statements_per_request < 1.5", source: "SOC-09" }],
    params: { sessions: 50 },
  },
  llm: {
    title: "Socratic questions and extraction",
    script: "scenarios/llm.ts",
    warmup: "5s",
    streams: {
      questions: open("questions", 6.5, "30s", { "llm.questions": 1 }),
      repeated: open("repeated", 5, "30s", { "llm.questions": 1 }),
      extract: open("extract", 5.5, "30s", { "llm.extract": 1 }),
      stream: open("stream", 4.5, "30s", { "llm.stream": 1 }),
    },
    budgets: [
      fewErrors,
      // One action of a user is one request, whatever the number of topics: never more than one call of the provider.
      { limit: "llm_calls_per_request < 1.01", source: "SOC-16" },
      // A quarter of the look-ups repeat ten common prompts.
      { limit: "llm_cache_hit_ratio > 15 %", source: "SOC-11" },
    ],
    params: { sessions: 30, commonPrompts: 10 },
  },
  analysis: {
    title: "Conflict detection and quality control",
    script: "scenarios/analysis.ts",
    warmup: "5s",
    streams: {
      conflicts: open("conflicts", 9, "20s", CONFLICTS),
      quality: open("quality", 8, "20s", { "quality.check": 1 }),
    },
    budgets: [fewErrors],
    params: { sessions: 30 },
  },
  "load-open": loadOpen("200 requests/s that do not wait for each other", "60s"),
  "load-long": loadOpen("200 requests/s for ten minutes", "10m"),
  "load-users": {
    title: "100 users with sessions of their own and time to think",
    script: "scenarios/load.ts",
    warmup: "10s",
    // A user comes back every 0.475 s: 210 requests/s are offered, and the promise is 200.
    streams: { users: closed("user", 100, "60s", USER_MIX) },
    budgets: loadBudgets,
    params: { sessions: 100, periodSeconds: 0.475 },
  },
  "login-burst": {
    title: "10 users, 100 logins each, as fast as they can",
    script: "scenarios/login-burst.ts",
    warmup: "3s",
    streams: {
      burst: {
        exec: "burst",
        load: { model: "iterations", users: 10, iterationsPerUser: 100, atMost: "3m" },
        calls: { "auth.loginBurst": 1 },
      },
    },
    budgets: [{ limit: "error_rate < 0.1 %", source: "SOC-17" }],
  },
  generation: {
    title: "Project generation as an asynchronous job",
    script: "scenarios/generation.ts",
    warmup: "1s",
    // Closed: a user waits for the job. The service runs 16 at once, each 1.5 to 4 s long at 60-fold compression, and
    // those of the warm-up are still running when the measured ones begin.
    streams: { jobs: closed("generation", 8, "40s", { "projects.generate": 1, "jobs.read": 12 }) },
    budgets: [fewErrors, { limit: "p95 of job_duration < 5 min, max 10 min", source: "SOC-06" }],
    params: { sessions: 8, periodSeconds: 3 },
  },
  privacy: {
    title: "Nobody sees another user's data, and nothing stale",
    script: "scenarios/privacy.ts",
    warmup: "0s",
    streams: {
      foreign: open("foreignData", 20, "20s", { "projects.list": 1, "projects.read": 1, "specs.read": 1 }),
      fresh: open("freshData", 20, "20s", { "specs.update": 1, "specs.read": 1, "specs.list": 1 }),
      ended: open("endedSession", 5, "20s", SESSION),
    },
    // Not one: every failed check here is a body that its reader must not have.
    budgets: [
      { limit: "error_rate < 0.01 %", source: "SOC-15" },
      { limit: "error_rate < 0.01 %", source: "SOC-14" },
    ],
    params: { sessions: 100 },
  },
} as const satisfies Record<string, ScenarioDefinition>;
