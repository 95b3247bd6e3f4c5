import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { ownsProject, projectOf, specOf } from "./seeded.ts";
import type { Page, Project, Spec } from "./types.ts";

/** What users do all day, one request each, on the seeded data of the user. */

const list = endpoint<Page<Project>>("projects.list");
const read = endpoint<Project>("projects.read");
const update = endpoint<Project>("projects.update");
const listSpecs = endpoint<Page<Spec>>("specs.list");
const readSpecOf = endpoint<Spec>("specs.read");
const createSpecIn = endpoint<Spec>("specs.create");

function listProjects({ token, user }: Session): void {
  list({
    token,
    query: { page: 1, pageSize: 20 },
    check: ({ items }) =>
      (items.length > 0 && items.every((project) => ownsProject(user, project.id))) || "not only this user's projects",
  });
}

function readProject({ token, user }: Session): void {
  const projectId = projectOf(user, random("project"));
  read({ token, params: { projectId }, check: (body) => body.id === projectId || "another project" });
}

function renameProject({ token, user }: Session): void {
  const name = `renamed ${unique()}`;
  update({
    token,
    params: { projectId: projectOf(user, random("project")) },
    body: { name },
    check: (body) => body.name === name || "still the old name",
  });
}

function listSpecsOfProject({ token, user }: Session): void {
  listSpecs({
    token,
    params: { projectId: projectOf(user, random("project")) },
    query: { page: 1, pageSize: 20 },
    check: (body) => (body.items.length > 0 && body.items.length <= 20) || `${body.items.length} specs on a page of 20`,
  });
}

function readSpec({ token, user }: Session): void {
  const numbers = random("spec");
  const specId = specOf(projectOf(user, numbers), numbers);
  readSpecOf({ token, params: { specId }, check: (body) => body.id === specId || "another spec" });
}

function createSpec({ token, user }: Session): void {
  const numbers = random("spec");
  const key = `load ${unique()}`;
  createSpecIn({
    token,
    params: { projectId: projectOf(user, numbers) },
    body: { key, value: numbers.text(8), category: "load" },
    expect: [201],
    check: (body) => body.key === key || "not the spec that was sent",
  });
}

/** By the names of the endpoints that they call. */
export const dailyOperations = {
  "projects.list": listProjects,
  "projects.read": readProject,
  "projects.update": renameProject,
  "specs.list": listSpecsOfProject,
  "specs.read": readSpec,
  "specs.create": createSpec,
};
