import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import type { Page, Project } from "./types.ts";

const list = endpoint<Page<Project>>("projects.list");
const create = endpoint<Project>("projects.create");
const read = endpoint<Project>("projects.read");
const update = endpoint<Project>("projects.update");
const archive = endpoint("projects.archive");

/** A project is created, read, renamed and archived again; every answer must show the step before. */
export function projectLife({ token }: Session): void {
  list({
    token,
    query: { page: 1, pageSize: 20 },
    check: (body) => (body.items.length > 0 && body.items.length <= 20) || `${body.items.length} items on a page of 20`,
  });
  const name = `project ${unique()}`;
  const created = create({
    token,
    body: { name, description: random("description").text(20) },
    expect: [201],
    check: (body) => (body.id > 0 && body.name === name) || "not the project that was sent",
  });
  if (!created.ok) return;
  const params = { projectId: created.body.id };
  read({ token, params, check: (body) => body.name === name || "another name than it was created with" });
  const renamed = `${name}, renamed`;
  update({
    token,
    params,
    body: { name: renamed },
    check: (body) => body.name === renamed || "still the old name",
  });
  archive({ token, params, expect: [204] });
}
