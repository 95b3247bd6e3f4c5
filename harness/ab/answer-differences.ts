import type { AnswerDifference } from "../collect/ab-record.ts";
import type { K6Summary } from "../collect/k6-summary.ts";
import type { ScenarioPlan } from "../plan/plan.ts";

/** The same mark as in scenarios/lib/paired.ts. */
const MARK = "PROOFLOAD_DIFFERENCE";

/** How often the sides' answers differed, from k6's counters, and the first sentence about each, from its log; pure. */
export function answerDifferences(scenario: ScenarioPlan, summary: K6Summary, log: string): AnswerDifference[] {
  const sentences = sentencesIn(log);
  return scenario.endpoints.flatMap(({ name: endpoint }) =>
    ["status", "check", "shape", "header"].flatMap((what) => {
      const seen = summary.counter("answer_differences", { name: endpoint, what }) ?? 0;
      const of = summary.counter("answer_pairs", { name: endpoint }) ?? 0;
      const sentence = sentences.get(`${endpoint} ${what}`) ?? "";
      return seen === 0 ? [] : [{ endpoint, what, sentence, seen, of }];
    }),
  );
}

function sentencesIn(log: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, text = ""] of log.matchAll(new RegExp(`${MARK}(.*?)${MARK}`, "g"))) {
    const difference = differenceIn(text);
    if (difference === undefined) continue;
    const key = `${difference.endpoint} ${difference.what}`;
    if (!found.has(key)) found.set(key, difference.sentence);
  }
  return found;
}

/** As it stands inside the quotes of k6's log line: nearly JSON, but Go writes some characters in ways of its own. */
function differenceIn(text: string): Record<"endpoint" | "what" | "sentence", string> | undefined {
  try {
    const plain = text.replaceAll(/(?<!\\)((?:\\\\)*)\\(?:x[0-9a-f]{2}|U[0-9a-f]{8}|[av])/g, "$1?");
    return JSON.parse(JSON.parse(`"${plain}"`));
  } catch {
    // It was counted all the same; what a sentence cannot be read of has none.
    return undefined;
  }
}

/** Of all starts so far: counts add up, the first sentence stays. */
export function addDifferences(
  known: readonly AnswerDifference[],
  more: readonly AnswerDifference[],
): readonly AnswerDifference[] {
  const all = new Map(known.map((one) => [`${one.endpoint} ${one.what}`, one]));
  for (const one of more) {
    const key = `${one.endpoint} ${one.what}`;
    const before = all.get(key);
    all.set(key, before === undefined ? one : { ...before, seen: before.seen + one.seen, of: before.of + one.of });
  }
  return [...all.values()];
}
