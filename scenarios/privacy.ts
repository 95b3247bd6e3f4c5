import { firstProjectOf, ownsProject } from "./journeys/seeded.ts";
import type { Page, Project, Spec, Tokens } from "./journeys/types.ts";
import { endpoint } from "./lib/endpoint.ts";
import { iteration } from "./lib/iteration.ts";
import { number } from "./lib/plan.ts";
import { unique } from "./lib/random.ts";
import { email, PASSWORD, pickSession, type Session, sessions } from "./lib/session.ts";

const listProjects = endpoint<Page<Project>>("projects.list");
const readProject = endpoint("projects.read");
const readSpec = endpoint<Spec>("specs.read");
const updateSpec = endpoint<Spec>("specs.update");
const listSpecs = endpoint<Page<Spec>>("specs.list");
const login = endpoint<Tokens>("auth.login");
const logout = endpoint("auth.logout");
const refresh = endpoint<Tokens>("auth.refresh");

const USERS = number("users");
const SPECS = number("specsPerProject");

export function setup(): Session[] {
  return sessions(number("sessions"));
}

/** A user lists what is theirs, then asks for what is somebody else's: that must not even exist (SOC-15). */
export function foreignData(all: Session[]): void {
  const { token, user } = pickSession(all);
  listProjects({
    token,
    query: { page: 1, pageSize: 20 },
    check: ({ items }) =>
      (items.length > 0 && items.every((project) => ownsProject(user, project.id))) || "somebody else's project",
  });
  const projectId = firstProjectOf((user % USERS) + 1);
  readProject({ token, params: { projectId }, expect: [404] });
  readSpec({ token, params: { specId: (projectId - 1) * SPECS + 1 }, expect: [404] });
}

/** A changed spec is seen by the very next read, alone and in the list (SOC-15). No two iterations share a spec. */
export function freshData(all: Session[]): void {
  const { token, user } = pickSession(all);
  const round = Math.floor(iteration() / all.length);
  const projectId = firstProjectOf(user) + (round % 9);
  const specId = (projectId - 1) * SPECS + 1 + (Math.floor(round / 9) % SPECS);
  const value = `value ${unique()}`;
  const params = { specId };
  updateSpec({ token, params, body: { value } });
  readSpec({ token, params, check: (body) => body.value === value || "the read shows an older value" });
  listSpecs({
    token,
    params: { projectId },
    query: { page: 1, pageSize: 100 },
    check: ({ items }) =>
      items.some((spec) => spec.id === specId && spec.value === value) || "the list shows an older value",
  });
}

/** A session that was logged out cannot be refreshed (SOC-14). */
export function endedSession(): void {
  const address = email(USERS - (iteration() % 500));
  const session = login({ body: { email: address, password: PASSWORD } });
  if (!session.ok) return;
  logout({ token: session.body.accessToken, expect: [204] });
  refresh({ body: { refreshToken: session.body.refreshToken }, expect: [401] });
}
