import { iteration } from "../lib/iteration.ts";
import { number } from "../lib/plan.ts";
import type { Random } from "../lib/random.ts";

/** The seeded data set by formula, so that a script knows what an answer must hold without asking first. */

const USERS = number("users");
const PROJECTS = number("projectsPerUser");
const SPECS = number("specsPerProject");
const MEMORIES = number("memoriesPerUser");
const TEMPLATES = number("templates");

/** A seeded user by the number of the iteration: two iterations at the same time are two users. */
export function nextUser(): number {
  return (iteration() % USERS) + 1;
}

/** A seeded project of a user. Every tenth is archived and left out. */
export function projectOf(user: number, random: Random): number {
  const first = (user - 1) * PROJECTS;
  const candidate = first + random.integer(1, PROJECTS);
  return candidate % 10 === 0 ? candidate - 1 : candidate;
}

export function firstProjectOf(user: number): number {
  return (user - 1) * PROJECTS + 1;
}

/** A seeded spec of a seeded project. */
export function specOf(project: number, random: Random): number {
  return (project - 1) * SPECS + random.integer(1, SPECS);
}

export function memoryOf(user: number, random: Random): number {
  return (user - 1) * MEMORIES + random.integer(1, MEMORIES);
}

export function ownsProject(user: number, project: number): boolean {
  return Math.ceil(project / PROJECTS) === user;
}

export function template(random: Random): number {
  return random.integer(1, TEMPLATES);
}
