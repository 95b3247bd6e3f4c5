import type { RequirementRow } from "../harness/plan/definition.ts";

/** SOC: response times, load, database, LLM, caching and pooling of a Socratic project assistant. */
export const projectAssistantRequirements: readonly RequirementRow[] = [
  {
    id: "SOC-01",
    promise: "authentication (login, register, refresh) < 100 ms, max 200 ms",
    measuredBy: "auth, quick-accounts, smoke, load-open, load-users",
  },
  {
    id: "SOC-02",
    promise: "CRUD on projects and specs < 200 ms, max 500 ms",
    measuredBy: "crud, quick-assistant, smoke, load-open, load-users",
  },
  {
    id: "SOC-03",
    promise: "LLM calls (questions, extraction) < 5 s, max 10 s",
    measuredBy: "llm, with time to first token; quick-assistant, smoke, load-open",
  },
  {
    id: "SOC-04",
    promise: "conflict detection < 1 s, max 3 s",
    measuredBy: "analysis, quick-assistant, smoke, load-open",
  },
  { id: "SOC-05", promise: "quality control < 2 s, max 5 s", measuredBy: "analysis, quick-assistant, load-open" },
  {
    id: "SOC-06",
    promise: "project generation < 5 min, max 10 min",
    measuredBy: "generation: asynchronous job, time-compressed by the factor that the service declares",
  },
  {
    id: "SOC-07",
    promise:
      "front end: page load < 2 s (max 3), navigation < 100 ms (300), form submit < 500 ms (1 s), LLM response < 5 s (10)",
    measuredBy: "k6 browser with a real Chromium",
    notMeasured: "front end: needs the browser scenario",
  },
  {
    id: "SOC-08",
    promise: "100 concurrent users, 200 requests/s, error rate < 0.1 %, p95 < 500 ms, p99 < 2 s",
    measuredBy: "load-open (200/s, open) and load-users (100 users with sessions and think time), each judged",
  },
  {
    id: "SOC-09",
    promise: "no N+1 queries, limited results, only needed columns, filtered indexes",
    measuredBy:
      "costs: statements, rows and bytes of each endpoint, counted exactly; crud: over all requests of a load; indexes by the service's own tests",
  },
  {
    id: "SOC-10",
    promise: "slow queries (> 1 s) and slow requests (> 2 s) are logged",
    measuredBy: "counted by the service, shown in every report; load-open allows no slow query",
  },
  {
    id: "SOC-11",
    promise: "LLM responses are cached, asynchronous and streamed",
    measuredBy: "llm: hit ratio of repeated prompts, time to first token",
  },
  {
    id: "SOC-12",
    promise: "pool of 10 + 20 overflow, 30 s timeout, pre-ping, recycle",
    measuredBy: "declared by the service; load-open holds it under 30, the platform's pool-saturation exhausts it",
  },
  {
    id: "SOC-13",
    promise: "request, query and LLM durations are exported with the specification's names and labels",
    measuredBy: "every run: k6's count per endpoint and status against http_request_duration_seconds",
  },
  {
    id: "SOC-14",
    promise: "sessions in Redis with a TTL",
    measuredBy: "privacy: a session ends at logout; costs: refreshing and ending one asks no database",
  },
  {
    id: "SOC-15",
    promise: "never cached: user-specific data, conflicts and specs, tokens",
    measuredBy:
      "privacy: 100 users, no body of another user, a changed spec is seen by the next read; Redis is searched for tokens by the service's own tests",
  },
  {
    id: "SOC-16",
    promise: "LLM calls are minimised: related questions go out as one",
    measuredBy: "llm: provider calls per request as a budget",
  },
  { id: "SOC-17", promise: "the specification's own test: 10 users × 100 logins", measuredBy: "login-burst" },
];
