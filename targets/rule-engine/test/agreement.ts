/** Plays a scenario on the engine, on engines from nothing, and on the oracle, and says where they differ. */
import { createEngine, type Engine, evaluate, type Firing } from "../src/engine.ts";
import { CycleError } from "../src/match/rule-error.ts";
import type { Fact, Rule, Scalar } from "../src/rule.ts";
import { type Change, meaning, type Scenario } from "./arbitrary.ts";
import { Oracle, OracleCycleError, type OracleFiring, OracleTiredError } from "./oracle.ts";

/** Low, so that cycles are found soon, and high enough for honest chains. */
const cycleLimit = 6;
const cycle = "a cycle";

/** What happened, so that a test can prove that enough of it did. */
export interface Played {
  readonly firings: readonly OracleFiring[];
  readonly cycle: boolean;
  /** The oracle has given up: nothing was compared from there on. */
  readonly abandoned: boolean;
}

/** @throws Error with both answers, at the first difference */
export function play(given: Scenario): Played {
  const firings: OracleFiring[] = [];
  try {
    return { firings, cycle: playSteps(given, firings) === cycle, abandoned: false };
  } catch (error) {
    if (error instanceof OracleTiredError) return { firings, cycle: false, abandoned: true };
    throw error;
  }
}

function playSteps({ rules, steps }: Scenario, firings: OracleFiring[]): typeof cycle | undefined {
  const oracle = new Oracle(rules, { meaning, cycleLimit });
  const engine = createEngine(rules, { cycleLimit });
  for (const [index, step] of steps.entries()) {
    for (const change of step) apply(change, engine, oracle);
    same(`facts before evaluation ${index}`, factsOf(engine), factsOfOracle(oracle));
    startFromNothing(`evaluation ${index}`, rules, oracle);
    const expected = answer(() => {
      const fired = oracle.evaluate();
      firings.push(...fired);
      return fired;
    });
    same(
      `evaluation ${index}`,
      answer(() => engine.evaluate().results),
      expected,
    );
    if (expected === cycle) return cycle;
    same(`facts after evaluation ${index}`, factsOf(engine), factsOfOracle(oracle));
  }
  retractAll(engine, oracle);
  return undefined;
}

function apply(change: Change, engine: Engine, oracle: Oracle): void {
  const ids = [...oracle.facts().keys()];
  if ("add" in change) {
    const { id, fields } = change.add;
    // An id that is there already is refused by the engine: hostile.test.ts asks for that. Here it replaces the fact.
    if (ids.includes(id)) {
      engine.retract(id);
      oracle.retract(id);
    }
    engine.add({ id, fields });
    oracle.add({ id, fields });
    return;
  }
  const chosen = "update" in change ? change.update : "retract" in change ? change.retract : change.retractAndAddAgain;
  const id = ids[chosen % ids.length];
  if (id === undefined) return;
  if ("update" in change) {
    engine.update(id, change.changes);
    oracle.update(id, change.changes);
    return;
  }
  const fields = Object.fromEntries(oracle.facts().get(id) ?? []);
  engine.retract(id);
  oracle.retract(id);
  if ("retract" in change) return;
  engine.add({ id, fields });
  oracle.add({ id, fields });
}

/** Engines that have seen no earlier step, given the facts as they stand, in another order. */
function startFromNothing(step: string, rules: readonly Rule[], now: Oracle): void {
  const facts = Array.from(now.facts(), ([id, fields]): Fact => ({ id, fields: Object.fromEntries(fields) })).reverse();
  const oracle = new Oracle(rules, { meaning, cycleLimit });
  for (const fact of facts) oracle.add(fact);
  const expected = answer(() => oracle.evaluate());
  const engine = createEngine(rules, { cycleLimit });
  engine.addAll(facts);
  same(
    `${step}, from nothing`,
    answer(() => engine.evaluate().results),
    expected,
  );
  same(
    `${step}, without an engine`,
    answer(() => evaluate(rules, facts, { cycleLimit }).results),
    expected,
  );
  if (expected !== cycle) same(`facts of ${step}, from nothing`, factsOf(engine), factsOfOracle(oracle));
}

function retractAll(engine: Engine, oracle: Oracle): void {
  for (const id of engine.ids()) {
    engine.retract(id);
    oracle.retract(id);
  }
  // Only what holds of no facts at all is left.
  same("matches when the last fact has gone", `${engine.stats().liveTokens}`, `${oracle.holding().length}`);
}

function answer(run: () => Iterable<Firing | OracleFiring>): string {
  try {
    return [...run()].map(describeFiring).join("\n");
  } catch (error) {
    if (error instanceof CycleError || error instanceof OracleCycleError) return cycle;
    throw error;
  }
}

function same(what: string, found: string, expected: string): void {
  if (found !== expected) throw new Error(`${what}\n--- engine\n${found}\n--- oracle\n${expected}`);
}

function describeFiring({ ruleId, factIds, effects }: Firing | OracleFiring): string {
  const described = effects.map((effect) => {
    if ("set" in effect) return `set ${effect.fact ?? "it"}.${effect.set} to ${describeScalar(effect.to)}`;
    if ("created" in effect) return `created ${effect.created} with ${describeFields(effect.fields)}`;
    return `emit ${effect.emit} with ${describeFields(effect.with)}`;
  });
  return `rule ${ruleId} on ${factIds.join(",")}: ${described.join("; ")}`;
}

type Fields = Readonly<Record<string, Scalar>> | ReadonlyMap<string, Scalar>;

function describeFields(fields: Fields): string {
  const entries = fields instanceof Map ? [...fields] : Object.entries(fields);
  const described = entries.map(([name, value]) => `${name}=${describeScalar(value)}`);
  return `{${described.sort().join(" ")}}`;
}

/** −0 and 0 are the same, 1 and "1" are not. */
function describeScalar(value: Scalar): string {
  if (value instanceof Date) return `date ${value.getTime()}`;
  return typeof value === "string" ? JSON.stringify(value) : `${value}`;
}

function factsOf(engine: Engine): string {
  return Array.from(engine.ids(), (id) => `${id}: ${describeFields(engine.get(id)?.fields ?? {})}`).join("\n");
}

function factsOfOracle(oracle: Oracle): string {
  return Array.from(oracle.facts(), ([id, fields]) => `${id}: ${describeFields(fields)}`).join("\n");
}
