import { embed, embedCommon } from "./journeys/embed.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

const TEXTS = number("textsPerBatch");

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function single(all: Session[]): void {
  embedCommon(pickSession(all));
}

export function batch(all: Session[]): void {
  embed(pickSession(all), TEXTS);
}
