import { longestFormula, parseFormula } from "../formula.ts";
import { FormulaError } from "../formula-tokens.ts";
import type { Action, Value } from "../rule.ts";
import { limits } from "./limits.ts";
import type { Names } from "./patterns.ts";
import { nearest, type Place } from "./reader.ts";
import { readReferenceForm } from "./tests.ts";

/** `names` is undefined in a rule that looks at one fact: there is nothing to refer to, and no doubt which fact is meant. */
export function readAction(place: Place, names: Names | undefined): Action | undefined {
  if (place.has("set")) return readSet(place, names);
  if (place.has("create")) {
    place.keys(["create"]);
    const create = readValues(place.key("create"), names);
    return create === undefined ? undefined : { create };
  }
  if (place.has("emit")) {
    place.keys(["emit"], ["with"]);
    const emit = place.key("emit").text(limits.name, "the name of an event");
    const values = place.has("with") ? readValues(place.key("with"), names) : undefined;
    return emit === undefined ? undefined : { emit, ...(values === undefined ? {} : { with: values }) };
  }
  return place.form("an action with set, create or emit", '{ "set": "field", "to": { "value": true } }');
}

function readSet(place: Place, names: Names | undefined): Action | undefined {
  place.keys(["set", "to"], ["fact"], { value: "to", pattern: "fact" });
  const set = place.key("set").text(limits.name, "the name of a field");
  const to = place.has("to") ? readValue(place.key("to"), names) : undefined;
  const fact = place.has("fact") ? place.key("fact").text(limits.name, "the name of a pattern") : undefined;
  if (fact !== undefined) {
    if (names === undefined) {
      return place.key("fact").meaning("no key “fact”: a rule whose `when` is no array has one fact");
    }
    if (!names.facts.includes(fact)) return unknown(place.key("fact"), names.facts, "a pattern that binds a fact");
  } else if (!place.has("fact") && names !== undefined && names.facts.length !== 1) {
    return place.meaning(`the key “fact”: the rule binds ${names.facts.length} facts`, { found: "none" });
  }
  return set === undefined || to === undefined ? undefined : { set, to, ...(fact === undefined ? {} : { fact }) };
}

function readValues(place: Place, names: Names | undefined): Readonly<Record<string, Value>> | undefined {
  if (!place.isObject) return place.form("an object with a value for each field");
  const fields = Object.keys(place.value as object);
  if (fields.length > limits.fields) return place.form(`at most ${limits.fields} fields`);
  const values: [string, Value][] = [];
  for (const field of fields) {
    const child = place.key(field);
    if (!place.isName(field)) child.form(`a field's name of 1 to ${limits.name} characters`);
    const value = readValue(child, names);
    if (value !== undefined) values.push([field, value]);
  }
  // fromEntries makes `__proto__` a field like any other.
  return Object.fromEntries(values);
}

function readValue(place: Place, names: Names | undefined): Value | undefined {
  if (place.has("value")) {
    place.keys(["value"]);
    const value = place.key("value").scalar(limits.ruleText);
    return value === undefined ? undefined : { value };
  }
  if (place.has("formula")) {
    place.keys(["formula"]);
    const formula = place.key("formula").text(longestFormula, "a formula");
    if (formula === undefined) return undefined;
    checkFormula(place.key("formula"), formula, names);
    return { formula };
  }
  if (!place.has("ref")) {
    const instead = place.isObject ? undefined : '{ "value": … }';
    return place.form("an object with value, formula or ref", instead);
  }
  const reference = readReferenceForm(place);
  if (reference === undefined) return undefined;
  checkName(place.key("ref"), reference.ref.pattern, reference.ref.field, names);
  return reference;
}

function checkFormula(place: Place, source: string, names: Names | undefined): void {
  try {
    for (const { pattern, field } of parseFormula(source).reads) {
      if (pattern !== undefined) checkName(place, pattern, field, names);
      else if (names !== undefined && names.facts.length !== 1) {
        const expected = `the name of a pattern before “${field}”: the rule binds ${names.facts.length} facts`;
        place.meaning(expected, names.facts.length === 0 ? {} : { instead: `"${names.facts[0]}.${field}"` });
      }
    }
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    place.meaning(`a formula (${error.message})`);
  }
}

function checkName(place: Place, pattern: string, field: string, names: Names | undefined): void {
  if (names === undefined) {
    place.meaning("a field alone: a rule whose `when` is no array has no patterns", {
      found: `the pattern “${pattern}”`,
      instead: `{ "formula": "${field}" }`,
    });
  } else if (names.numbers.includes(pattern)) {
    if (field !== "value")
      place.meaning(`“${pattern}.value”: an aggregate has no other field`, { found: `“${field}”` });
  } else if (!names.facts.includes(pattern)) {
    unknown(place, [...names.facts, ...names.numbers], "the name of a pattern", pattern);
  }
}

function unknown(place: Place, known: readonly string[], what: string, name = String(place.value)): undefined {
  const near = nearest(name, known);
  const which = known.length === 0 ? "the rule has none" : known.join(", ");
  return place.meaning(`${what} (${which})`, {
    found: `“${name.slice(0, 60)}”`,
    ...(near === undefined ? {} : { instead: `"${near}"` }),
  });
}
