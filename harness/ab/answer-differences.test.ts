import { describe, expect, it } from "vitest";
import { parseK6Summary } from "../collect/k6-summary.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { answerDifferences } from "./answer-differences.ts";

const SCENARIO = { endpoints: [{ name: "items.read" }] } as unknown as ScenarioPlan;
const counter = (count: number) => ({ type: "counter", values: { count } });
const SUMMARY = parseK6Summary(
  {
    state: { testRunDurationMs: 1000 },
    metrics: {
      "answer_pairs{name:items.read}": counter(40),
      "answer_differences{name:items.read,what:shape}": counter(12),
    },
  },
  "test",
);
const line = (sentence: string) => {
  const said = JSON.stringify({ endpoint: "items.read", what: "shape", sentence });
  return `time="2026-11-21T20:00:00Z" level=warning msg=${JSON.stringify(`PROOFLOAD_DIFFERENCE${said}PROOFLOAD_DIFFERENCE`)} source=console\n`;
};

describe("differences of answers", () => {
  it("are counted by k6, and said in the first sentence of its log", () => {
    const log = line('the key "a\\b": not in what head answered') + line("another");
    expect(answerDifferences(SCENARIO, SUMMARY, log)).toEqual([
      {
        endpoint: "items.read",
        what: "shape",
        sentence: 'the key "a\\b": not in what head answered',
        seen: 12,
        of: 40,
      },
    ]);
  });

  it("are read though a key holds what Go writes otherwise than JSON, and counted though nothing can be read", () => {
    // DEL, and a character beyond the basic plane that cannot be printed.
    const strange = line("the key aXb: not in what head answered").replace("aXb", "a\\x7f\\U000e0001b");
    expect(answerDifferences(SCENARIO, SUMMARY, strange)[0]?.sentence).toBe("the key a??b: not in what head answered");
    const broken = line("cut").replace('\\"sentence', "sentence");
    expect(answerDifferences(SCENARIO, SUMMARY, broken)[0]).toMatchObject({ seen: 12, sentence: "" });
  });
});
