import type { EndpointDefinition, HttpMethod, ServiceDefinition } from "../harness/plan/definition.ts";

/** Sizes of the seeded data set. Services and scripts compute the same ids from the same numbers. */
export const seededData = {
  seed: 20261121,
  users: 1000,
  projectsPerUser: 10,
  specsPerProject: 10,
  memoriesPerUser: 60,
  templates: 200,
  password: "proofload-password",
} as const;

/** The one service behind all five targets: real HTTP, real Postgres, real Redis. */
export const referenceService: ServiceDefinition = {
  name: "reference",
  directory: "targets/reference",
  command: ["node", "src/main.ts"],
  seedCommand: ["node", "src/seed.ts"],
  needs: { postgres: { urlVariable: "DATABASE_URL" }, redis: { urlVariable: "REDIS_URL" } },
  portVariable: "PORT",
  environment: {
    NODE_ENV: "production",
    LOG_LEVEL: "info",
    SEED: String(seededData.seed),
    SEED_USERS: String(seededData.users),
    SEED_PROJECTS_PER_USER: String(seededData.projectsPerUser),
    SEED_SPECS_PER_PROJECT: String(seededData.specsPerProject),
    SEED_MEMORIES_PER_USER: String(seededData.memoriesPerUser),
    SEED_TEMPLATES: String(seededData.templates),
  },
  readyPath: "/readyz",
  readyWithin: "30s",
  metricsPath: "/metrics",
  container: { dockerfile: "targets/reference/Dockerfile" },
};

interface Route {
  readonly method: HttpMethod;
  readonly path: string;
}

/** Every route that a scenario may call, under the name that stays when the route moves. */
const routes = {
  "auth.register": { method: "POST", path: "/api/auth/register" },
  "auth.login": { method: "POST", path: "/api/auth/login" },
  // The specification judges its own burst of logins by its load targets, not by the budget of a single login.
  "auth.loginBurst": { method: "POST", path: "/api/auth/login" },
  "auth.refresh": { method: "POST", path: "/api/auth/refresh" },
  "auth.logout": { method: "POST", path: "/api/auth/logout" },
  "projects.list": { method: "GET", path: "/api/projects" },
  "projects.create": { method: "POST", path: "/api/projects" },
  "projects.read": { method: "GET", path: "/api/projects/:projectId" },
  "projects.update": { method: "PUT", path: "/api/projects/:projectId" },
  "projects.archive": { method: "DELETE", path: "/api/projects/:projectId" },
  "projects.export": { method: "GET", path: "/api/projects/:projectId/export" },
  "projects.generate": { method: "POST", path: "/api/projects/:projectId/generate" },
  "jobs.read": { method: "GET", path: "/api/jobs/:jobId" },
  "specs.list": { method: "GET", path: "/api/projects/:projectId/specs" },
  "specs.create": { method: "POST", path: "/api/projects/:projectId/specs" },
  "specs.bulk": { method: "POST", path: "/api/projects/:projectId/specs/bulk" },
  "specs.read": { method: "GET", path: "/api/specs/:specId" },
  "specs.update": { method: "PUT", path: "/api/specs/:specId" },
  "specs.delete": { method: "DELETE", path: "/api/specs/:specId" },
  "conflicts.detect": { method: "POST", path: "/api/projects/:projectId/conflicts/detect" },
  "conflicts.list": { method: "GET", path: "/api/projects/:projectId/conflicts" },
  "quality.check": { method: "POST", path: "/api/projects/:projectId/quality" },
  "llm.questions": { method: "POST", path: "/api/projects/:projectId/questions" },
  "llm.stream": { method: "POST", path: "/api/projects/:projectId/questions/stream" },
  "llm.extract": { method: "POST", path: "/api/projects/:projectId/extract" },
  "templates.read": { method: "GET", path: "/api/templates/:templateId" },
  "templates.update": { method: "PUT", path: "/api/templates/:templateId" },
  "embeddings.create": { method: "POST", path: "/api/embeddings" },
  "memories.create": { method: "POST", path: "/api/memories" },
  "memories.read": { method: "GET", path: "/api/memories/:memoryId" },
  "memories.rank": { method: "POST", path: "/api/memories/rank" },
  "memories.preload": { method: "POST", path: "/api/memories/preload" },
  "rules.evaluate": { method: "POST", path: "/api/rules/evaluate" },
} as const satisfies Record<string, Route>;

export type ReferenceEndpoint = keyof typeof routes;

/** The endpoints of a target, from class → names; the routes come from the service. */
export function classified(
  classes: Readonly<Record<string, readonly ReferenceEndpoint[]>>,
): Record<string, EndpointDefinition> {
  return Object.fromEntries(
    Object.entries(classes).flatMap(([className, names]) =>
      names.map((name): [string, EndpointDefinition] => [name, { ...routes[name], class: className }]),
    ),
  );
}
