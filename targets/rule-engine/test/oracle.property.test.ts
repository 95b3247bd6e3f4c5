import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { play } from "./agreement.ts";
import { scenario } from "./arbitrary.ts";

/** 10,000 to the end, and some for those that the oracle abandons. */
const cases = 10_200;
/** `RULE_ENGINE_SEED=… npx vitest …` plays the same cases again. */
const seed = Number(process.env["RULE_ENGINE_SEED"] ?? Date.now() % 2 ** 31);

describe("the engine and the oracle", () => {
  it(`agree after every step: ${cases} cases with the seed ${seed}`, { timeout: 300_000 }, () => {
    const seen = { firings: 0, joined: 0, sets: 0, created: 0, cycles: 0, aggregates: 0, nones: 0, exists: 0 };
    let abandoned = 0;
    fc.assert(
      fc.property(scenario, (given) => {
        const { firings, cycle, abandoned: isAbandoned } = play(given);
        if (cycle) seen.cycles++;
        if (isAbandoned) abandoned++;
        for (const { ruleId, factIds, effects } of firings) {
          seen.firings++;
          if (factIds.length > 1) seen.joined++;
          for (const effect of effects) {
            if ("set" in effect) seen.sets++;
            if ("created" in effect) seen.created++;
          }
          const when = given.rules.find(({ id }) => id === ruleId)?.when ?? [];
          if (!Array.isArray(when)) continue;
          if (when.some((pattern) => "aggregate" in pattern)) seen.aggregates++;
          if (when.some((pattern) => "none" in pattern)) seen.nones++;
          if (when.some((pattern) => "exists" in pattern)) seen.exists++;
        }
      }),
      { numRuns: cases, seed },
    );
    console.info(
      `rule engine against oracle: seed ${seed}, ${cases} cases, ${abandoned} abandoned, ${JSON.stringify(seen)}`,
    );
    // Agreement about nothing would prove nothing.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(cases / 50);
    expect(cases - abandoned).toBeGreaterThanOrEqual(10_000);
    expect(seen.firings).toBeGreaterThan(cases);
  });
});
