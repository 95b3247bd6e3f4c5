import { extractSpecs } from "./journeys/extract.ts";
import { newQuestions, repeatedQuestions } from "./journeys/questions.ts";
import { streamedQuestions } from "./journeys/questions-stream.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

const COMMON_PROMPTS = number("commonPrompts");

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function questions(all: Session[]): void {
  newQuestions(pickSession(all));
}

export function repeated(all: Session[]): void {
  repeatedQuestions(all, COMMON_PROMPTS);
}

export function extract(all: Session[]): void {
  extractSpecs(pickSession(all));
}

export function stream(all: Session[]): void {
  streamedQuestions(pickSession(all));
}
