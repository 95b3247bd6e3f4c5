/** One evaluation, from the bytes of a request to those of its answer. It blocks: it is the work of a thread. */
import { evaluate } from "@proofload/rule-engine/engine.ts";
import { CycleError, RuleError } from "@proofload/rule-engine/match/rule-error.ts";
import { validateFacts, validateRules } from "@proofload/rule-engine/validate.ts";
import { describeProblem, type Problem, Problems } from "@proofload/rule-engine/validation/problems.ts";
import { Place } from "@proofload/rule-engine/validation/reader.ts";
import { tooMuchJson } from "./json-size.ts";
import { AnswerTooLong, writeEvaluation } from "./write-evaluation.ts";

export type Outcome = { readonly kind: "evaluated"; readonly bytes: Uint8Array<ArrayBuffer> } | Refusal;

export interface Refusal {
  readonly kind: "refused";
  readonly status: 400 | 422;
  readonly code: string;
  readonly message: string;
  readonly problems: readonly Problem[];
}

/** BIN-02 goes on to a million, but those are no size for one request: 200,000 facts are about 30 MB of JSON. */
const MOST_FACTS = 200_000;
/** Beyond the matches at the beginning: a tenth of a second of rules that set one another off. */
const CYCLE_LIMIT = 100_000;
const LONGEST_ANSWER = 64 * 1024 * 1024;

/** @throws whatever is a fault of the service and not of the body */
export function evaluateBody(body: Uint8Array): Outcome {
  const tooMuch = tooMuchJson(body);
  if (tooMuch !== undefined) return refused(422, "EVALUATION_LIMIT", `body: ${tooMuch}; send fewer facts at once`);
  let input: unknown;
  try {
    input = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refused(400, "INVALID_INPUT", `body: is no JSON: ${error.message.slice(0, 200)}`);
  }
  const { rules, facts, problems, more } = read(input);
  if (rules === undefined || facts === undefined) {
    const lines = problems.map(describeProblem);
    if (more > 0) lines.push(`and ${more} more problems`);
    return refused(400, "INVALID_INPUT", lines.join("; "), problems);
  }
  try {
    return {
      kind: "evaluated",
      bytes: writeEvaluation(evaluate(rules, facts, { cycleLimit: CYCLE_LIMIT }), LONGEST_ANSWER),
    };
  } catch (error) {
    if (error instanceof CycleError) return refused(422, "RULE_CYCLE", error.message);
    if (error instanceof RuleError) return refused(400, "INVALID_INPUT", error.message);
    if (error instanceof AnswerTooLong) return refused(422, "EVALUATION_LIMIT", error.message);
    throw error;
  }
}

/** Rules and facts, or the problems of both together. */
function read(input: unknown) {
  const whole = new Problems();
  const place = new Place(whole, "body", input);
  if (place.isObject) place.keys(["rules", "facts"]);
  else place.form('an object: { "rules": […], "facts": […] }');
  const listed = place.key("facts").value;
  if (Array.isArray(listed) && listed.length > MOST_FACTS) place.key("facts").form(`at most ${MOST_FACTS} facts`);
  const body = whole.verdict(undefined);
  const rules = place.has("rules") ? validateRules(place.key("rules").value) : undefined;
  // Facts that are too many are not looked at one by one.
  const facts = body.ok ? validateFacts(listed) : undefined;
  const wrong = [body, rules, facts].filter((part) => part?.ok === false);
  return {
    rules: wrong.length === 0 && rules?.ok === true ? rules.value : undefined,
    facts: wrong.length === 0 && facts?.ok === true ? facts.value : undefined,
    problems: wrong.flatMap((part) => part.problems),
    more: wrong.reduce((sum, part) => sum + part.more, 0),
  };
}

function refused(status: 400 | 422, code: string, message: string, problems: readonly Problem[] = []): Refusal {
  return { kind: "refused", status, code, message, problems };
}
