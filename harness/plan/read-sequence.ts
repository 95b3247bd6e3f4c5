import { type Problem, ProofloadError } from "../errors.ts";
import type { Configuration } from "./definition.ts";
import { nearest } from "./nearest.ts";

export interface SequenceLine {
  /** As it stands in the configuration. */
  readonly text: string;
  /** Its words; the first one is the command. */
  readonly words: readonly string[];
  /** Whether it needs a tag to compare with. */
  readonly needsTag: boolean;
}

/** Commands that measure or judge something, and end by themselves. */
const COMMANDS = ["run", "micro", "ab", "aa", "capacity", "trend", "compare"];

export const LAST_TAG = "{last-tag}";

/** The lines of a sequence, or undefined where there is none of that name. @throws ProofloadError PL_PLAN with every mistake */
export function readSequence(configuration: Configuration, name: string): readonly SequenceLine[] | undefined {
  const sequences = configuration.sequences ?? {};
  const texts = Object.hasOwn(sequences, name) ? sequences[name] : undefined;
  if (texts === undefined) return undefined;
  const problems: Problem[] = [];
  const taken = [
    ...Object.keys(configuration.suites),
    ...configuration.targets.flatMap(({ scenarios }) => Object.keys(scenarios)),
  ];
  if (taken.includes(name)) {
    problems.push({
      what: `"${name}" is a suite or a scenario too, so that nobody knows what \`run ${name}\` means`,
      where: `sequences.${name}`,
      instead: "another name",
    });
  }
  const lines = texts.map((text, at) => {
    const words = wordsOf(text);
    const [command = "", ...rest] = words;
    const where = `sequences.${name}[${at}]`;
    if (!COMMANDS.includes(command)) {
      problems.push({
        what: `"${command}" is no command that a sequence can run`,
        where,
        instead: `"${nearest(command, COMMANDS)}"? They are: ${COMMANDS.join(", ")}`,
      });
    }
    const nested = command === "run" ? rest.find((word) => Object.hasOwn(sequences, word)) : undefined;
    if (nested !== undefined) {
      problems.push({ what: `"${nested}" is a sequence itself`, where, instead: "the lines of that sequence" });
    }
    return { text, words, needsTag: text.includes(LAST_TAG) };
  });
  if (problems.length > 0) throw new ProofloadError("PL_PLAN", `the sequence ${name} cannot be run`, { problems });
  return lines;
}

/** Words as a shell splits them: quotes hold one together, nothing else is special. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}
