import { preloadMemories } from "./journeys/preload-memories.ts";
import { rankMemories } from "./journeys/rank-memories.ts";
import { readTemplate } from "./journeys/read-template.ts";
import { remember as storeAndRead } from "./journeys/remember.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function remember(all: Session[]): void {
  storeAndRead(pickSession(all));
}

export function rank(all: Session[]): void {
  rankMemories(pickSession(all));
}

export function preload(all: Session[]): void {
  preloadMemories(pickSession(all));
}

export function templates(all: Session[]): void {
  readTemplate(pickSession(all));
}
