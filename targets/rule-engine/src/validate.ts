/**
 * Rules and facts from outside: unknown JSON becomes the types of `rule.ts`, or all of its problems at once, each with
 * its place, what was expected, and what to type instead. `rule.schema.json` says the same for editors, as far as JSON
 * Schema can.
 */
import type { Fact, Pattern, Rule, Scalar, Test } from "./rule.ts";
import { readAction } from "./validation/actions.ts";
import { limits } from "./validation/limits.ts";
import { type Names, readPattern } from "./validation/patterns.ts";
import { Problems, type Validated } from "./validation/problems.ts";
import { isObject, type Json, Place } from "./validation/reader.ts";
import { readTest, type Usage } from "./validation/tests.ts";

/** The JSON is an array of rules, or `{ "rules": [...] }`, which has room for `"$schema"`. */
export function validateRules(input: unknown): Validated<readonly Rule[]> {
  const problems = new Problems();
  const whole = new Place(problems, "rules", input);
  if (whole.isObject) whole.keys(["rules"], ["$schema"]);
  if (whole.has("$schema")) whole.key("$schema").text(limits.ruleText, "the schema's address", 0);
  const listed = whole.isObject ? whole.key("rules") : whole;
  const places = whole.isObject && !whole.has("rules") ? [] : (listed.list(0, limits.rules, "rules") ?? []);
  const usage: Usage = { conditions: 0, regexes: new Set() };
  const seen = new Map<number, string>();
  const rules: Rule[] = [];
  for (const [index, { value }] of places.entries()) {
    const place = new Place(problems, subjectOf(value, index), value);
    const rule = readRule(place, usage, seen);
    if (rule !== undefined) rules.push(rule);
  }
  return problems.verdict(rules);
}

/**
 * Facts that need no conversion are given back as the same objects, so that a million facts cost no second copy; all
 * others are new. Reads each field of each fact once.
 */
export function validateFacts(input: unknown): Validated<readonly Fact[]> {
  const problems = new Problems();
  const facts: Fact[] = [];
  const seen = new Set<number>();
  if (!Array.isArray(input)) new Place(problems, "facts", input).form("an array of facts");
  else {
    for (const [index, value] of input.entries()) {
      if (isPlainFact(value) && !seen.has(value.id)) {
        seen.add(value.id);
        facts.push(value);
        continue;
      }
      const fact = readFact(new Place(problems, `facts[${index}]`, value), seen);
      if (fact !== undefined) facts.push(fact);
    }
  }
  return problems.verdict(facts);
}

function subjectOf(value: unknown, index: number): string {
  const name = isObject(value) && Object.hasOwn(value, "name") ? value["name"] : undefined;
  return typeof name === "string" && name !== "" ? `rule “${name.slice(0, 60)}” (rules[${index}])` : `rules[${index}]`;
}

function readRule(place: Place, usage: Usage, seen: Map<number, string>): Rule | undefined {
  if (!place.isObject) return place.form("a rule: an object with id, name, when and then");
  place.keys(["id", "name", "when", "then"], ["salience"], {
    condition: "when",
    conditions: "when",
    if: "when",
    action: "then",
    actions: "then",
    priority: "salience",
  });
  const id = place.has("id") ? place.key("id").id() : undefined;
  if (id !== undefined) {
    const earlier = seen.get(id);
    if (earlier !== undefined)
      place.key("id").meaning("an id that no other rule has", { found: `${id}, as in ${earlier}` });
    else seen.set(id, place.subject);
  }
  const name = place.has("name") ? place.key("name").text(limits.name, "a name") : undefined;
  const salience = place.has("salience") ? place.key("salience").number() : undefined;
  const names: Names | undefined = Array.isArray(place.key("when").value) ? { facts: [], numbers: [] } : undefined;
  const when = place.has("when") ? readWhen(place.key("when"), names, usage) : undefined;
  const actions = place.has("then") ? place.key("then").list(0, limits.actions, "actions") : undefined;
  const then = actions?.map((action) => readAction(action, names)).filter((action) => action !== undefined);
  if (id === undefined || name === undefined || when === undefined || then === undefined) return undefined;
  return { id, name, when, then, ...(salience === undefined ? {} : { salience }) };
}

function readWhen(place: Place, names: Names | undefined, usage: Usage): Test | readonly Pattern[] | undefined {
  const scope = { usage, ofRule: { conditions: 0 } };
  if (names === undefined) return readTest(place, { ...scope, bound: undefined });
  const patterns = place.list(1, limits.patterns, "patterns");
  return patterns?.map((pattern) => readPattern(pattern, names, scope)).filter((pattern) => pattern !== undefined);
}

function isPlainFact(value: unknown): value is Fact {
  if (!isObject(value) || !Number.isSafeInteger(value["id"]) || (value["id"] as number) < 0) return false;
  const fields = value["fields"];
  if (!isObject(fields) || !Object.hasOwn(value, "id") || !Object.hasOwn(value, "fields")) return false;
  if (Object.keys(value).length !== 2) return false;
  const names = Object.keys(fields);
  if (names.length > limits.fields) return false;
  // Shorter than the limits in every way of counting; what is not goes the long way.
  return names.every((name) => name !== "" && name.length <= limits.name && isPlain(fields[name]));
}

function isPlain(value: unknown): boolean {
  if (typeof value === "string") return value.length <= limits.factText;
  return value === null || typeof value === "boolean" || Number.isFinite(value);
}

function readFact(place: Place, seen: Set<number>): Fact | undefined {
  if (!place.isObject) return place.form('a fact: { "id": 1, "fields": { … } }');
  place.keys(["id", "fields"]);
  const id = place.has("id") ? place.key("id").id() : undefined;
  if (id !== undefined) {
    if (seen.has(id)) place.key("id").meaning("an id that no other fact has");
    seen.add(id);
  }
  const fields = place.has("fields") ? readFields(place.key("fields")) : undefined;
  return id === undefined || fields === undefined ? undefined : { id, fields };
}

function readFields(place: Place): Fact["fields"] | undefined {
  if (!place.isObject) return place.form("an object of fields");
  const names = Object.keys(place.value as Json);
  if (names.length > limits.fields) return place.form(`at most ${limits.fields} fields`);
  const fields: [string, Scalar][] = [];
  for (const name of names) {
    const child = place.key(name);
    if (!place.isName(name)) child.form(`a field's name of 1 to ${limits.name} characters`);
    const scalar = child.scalar(limits.factText);
    if (scalar !== undefined) fields.push([name, scalar]);
  }
  // fromEntries makes `__proto__` a field like any other.
  return Object.fromEntries(fields);
}
