import { projectOf } from "../journeys/seeded.ts";
import type { Page, Project } from "../journeys/types.ts";
import { endpoint } from "../lib/endpoint.ts";
import { number } from "../lib/plan.ts";
import { random } from "../lib/random.ts";
import { pickSession, type Session, sessions } from "../lib/session.ts";

/** Two paths that read Postgres and change nothing: what `bench:verdict` compares builds on. */

const listProjects = endpoint<Page<Project>>("projects.list");
const readProject = endpoint<Project>("projects.read");

export function setup(): Session[] {
  return sessions(number("sessions"));
}

/** One after the other: two at once would wait for each other on few cores, and the wait is noise. */
export function browse(all: Session[]): void {
  const { token, user } = pickSession(all);
  listProjects({ token, query: { page: 1, pageSize: 20 }, check: (body) => body.items.length > 0 || "an empty page" });
  const projectId = projectOf(user, random("project"));
  readProject({ token, params: { projectId }, check: (body) => body.id === projectId || "another project" });
}
