/**
 * Regular expressions of rules, in RE2's syntax. They come from whoever writes rules and run on whatever facts hold, so
 * the time of a test must be linear in the text: no backtracking, hence no back-references.
 */
import { RE2JS } from "re2js";

/** In UTF-16 code units. */
export const longestRegex = 1_000;
/**
 * Repetitions multiply: `((a{100}){100}){100}` is a million states from 20 characters. RE2 itself refuses a count above
 * 1,000. A test costs up to 10 ns for each character and instruction (measured), so the product of this and of the longest
 * text of a fact stays near a second.
 */
export const largestRegexProgram = 1_000;

/** An expression that cannot be compiled; the message says what is wrong with it. */
export class RegexError extends Error {
  override readonly name = "RegexError";
}

/**
 * Gives a test that is true where the expression matches any part of the text. Anchor with ^ and $ for the whole text;
 * `(?i)` at the beginning ignores case.
 * @throws RegexError
 */
export function compileRegex(source: string): (text: string) => boolean {
  if (source.length > longestRegex) {
    throw new RegexError(`the expression has ${source.length} characters: at most ${longestRegex} are allowed`);
  }
  const compiled = compile(source);
  if (compiled.programSize() > largestRegexProgram) {
    throw new RegexError(`the expression is too large when its repetitions are multiplied out: use smaller counts`);
  }
  return (text) => compiled.test(text);
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace("error parsing regexp: ", "");
    throw new RegexError(`not in RE2's syntax: ${reason.slice(0, 200)}`, { cause });
  }
}
