import type { Answer } from "./answers.ts";

/**
 * What this side of an A/B was answered since it was last asked. Every module of the script's graph is there once for
 * each side, this one too: the sides' answers cannot mix.
 */
export const comparing = __ENV["PROOFLOAD_COMPARE"] === "1";

let answers: Answer[] = [];

/** More in one iteration are not compared: it is a sample, and memory is finite. */
const MOST = 50;

export function note(answer: Answer): void {
  if (answers.length < MOST) answers.push(answer);
}

export function takeAnswers(): readonly Answer[] {
  const taken = answers;
  answers = [];
  return taken;
}
