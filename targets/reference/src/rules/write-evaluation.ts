/** The answer of an evaluation as bytes of JSON: a hundred thousand results are written without an object for each. */
import type { Effect, Evaluation } from "@proofload/rule-engine/engine.ts";

export class AnswerTooLong extends Error {
  override readonly name = "AnswerTooLong";
}

/**
 * `{"results":[{"ruleId","factId","effects"}],"engineStats","processingMetrics"}`. A rule that binds several facts also
 * gives `factIds`, one that binds none has no `factId`. Dates are `{"date":…}`, as in rules and facts.
 * @throws AnswerTooLong beyond `most` bytes
 */
export function writeEvaluation(evaluation: Evaluation, most: number): Uint8Array<ArrayBuffer> {
  const { results, engineStats, processingMetrics } = evaluation;
  const out = new JsonBytes(most);
  // All firings of a rule whose values are constant share their effects.
  let effects: readonly Effect[] | undefined;
  let json = "";
  let separator = "";
  out.add('{"results":[');
  for (const firing of results) {
    if (firing.effects !== effects) {
      effects = firing.effects;
      json = JSON.stringify(effects, withDates);
    }
    const { ruleId, factId, factIds } = firing;
    let bound = factId === undefined ? "" : `,"factId":${factId}`;
    if (factIds.length > 1) bound += `,"factIds":[${factIds.join(",")}]`;
    out.add(`${separator}{"ruleId":${ruleId}${bound},"effects":${json}}`);
    separator = ",";
  }
  out.add(`],"engineStats":${JSON.stringify(engineStats)},"processingMetrics":${JSON.stringify(processingMetrics)}}`);
  return out.bytes();
}

/** `toJSON` has made a text of a date before the replacer sees it. */
function withDates(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  return this[key] instanceof Date ? { date: value } : value;
}

/** Characters that are collected before they are encoded: one call for each result would cost more than the result. */
const CHUNK = 32_768;
const encoder = new TextEncoder();

/** Text that grows, as UTF-8. */
class JsonBytes {
  readonly #most: number;
  #buffer = new ArrayBuffer(4 * CHUNK);
  #used = 0;
  #chunk = "";

  constructor(most: number) {
    this.#most = most;
  }

  add(text: string): void {
    this.#chunk += text;
    if (this.#chunk.length >= CHUNK) this.#encode();
  }

  bytes(): Uint8Array<ArrayBuffer> {
    this.#encode();
    return new Uint8Array(this.#buffer, 0, this.#used);
  }

  #encode(): void {
    // A UTF-16 code unit takes at most three bytes.
    const needed = this.#used + 3 * this.#chunk.length;
    if (needed > this.#buffer.byteLength) this.#buffer = this.#buffer.transfer(Math.max(needed, 2 * this.#used));
    this.#used += encoder.encodeInto(this.#chunk, new Uint8Array(this.#buffer, this.#used)).written;
    this.#chunk = "";
    if (this.#used > this.#most)
      throw new AnswerTooLong(
        `the results take more than ${this.#most / 1024 ** 2} MiB: let rules fire for fewer facts`,
      );
  }
}
