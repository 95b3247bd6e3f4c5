import { compileRegex, RegexError } from "../regex.ts";
import type { Comparison, Operator, Reference, Scalar, Test } from "../rule.ts";
import { limits } from "./limits.ts";
import { nearest, type Place } from "./reader.ts";

/** What the conditions of one set of rules have used up so far. */
export interface Usage {
  conditions: number;
  readonly regexes: Set<string>;
}

export interface TestScope {
  readonly usage: Usage;
  /** Names of facts that are bound here; undefined in a rule that looks at one fact. */
  readonly bound: readonly string[] | undefined;
  /** Conditions of the rule so far. */
  readonly ofRule: { conditions: number };
}

const operators: readonly Operator[] = [
  "=",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "contains",
  "startsWith",
  "endsWith",
  "in",
  "between",
  "regex",
];

/** What people type who come from other engines. */
const operatorAliases: ReadonlyMap<string, Operator> = new Map([
  ["==", "="],
  ["===", "="],
  ["eq", "="],
  ["equal", "="],
  ["equals", "="],
  ["is", "="],
  ["!==", "!="],
  ["<>", "!="],
  ["≠", "!="],
  ["ne", "!="],
  ["neq", "!="],
  ["not", "!="],
  ["notEqual", "!="],
  ["notEquals", "!="],
  ["lt", "<"],
  ["lessThan", "<"],
  ["≤", "<="],
  ["=<", "<="],
  ["lte", "<="],
  ["lessOrEqual", "<="],
  ["lessThanInclusive", "<="],
  ["gt", ">"],
  ["greaterThan", ">"],
  ["≥", ">="],
  ["=>", ">="],
  ["gte", ">="],
  ["greaterOrEqual", ">="],
  ["greaterThanInclusive", ">="],
  ["includes", "contains"],
  ["starts-with", "startsWith"],
  ["ends-with", "endsWith"],
  ["oneOf", "in"],
  ["range", "between"],
  ["matches", "regex"],
  ["match", "regex"],
  ["~", "regex"],
  ["=~", "regex"],
]);

/** Recursion ends at the limit of nesting, before the stack can. */
export function readTest(place: Place, scope: TestScope, depth = 0): Test | undefined {
  if (depth > limits.nesting) {
    return place.meaning(`at most ${limits.nesting} of all, any and not inside one another`, { found: "another" });
  }
  const inner = (child: Place): Test | undefined => readTest(child, scope, depth + 1);
  if (place.has("all") || place.has("any")) {
    const key = place.has("all") ? "all" : "any";
    place.keys([key]);
    const parts = place.key(key).list(0, Number.POSITIVE_INFINITY, "conditions")?.map(inner).filter(given);
    if (parts === undefined) return undefined;
    return key === "all" ? { all: parts } : { any: parts };
  }
  if (place.has("not")) {
    place.keys(["not"]);
    const not = inner(place.key("not"));
    return not === undefined ? undefined : { not };
  }
  if (!place.isObject) return place.form("a condition", '{ "field": "status", "operator": "=", "value": "active" }');
  count(place, scope);
  if (place.has("has")) {
    place.keys(["has"]);
    const has = place.key("has").text(limits.name, "the name of a field");
    return has === undefined ? undefined : { has };
  }
  return readComparison(place, scope);
}

function readComparison(place: Place, scope: TestScope): Comparison | undefined {
  place.keys(["field", "operator", "value"], [], { fact: "field", name: "field", path: "field", op: "operator" });
  const field = place.has("field") ? place.key("field").text(limits.name, "the name of a field") : undefined;
  const operator = place.has("operator") ? readOperator(place.key("operator"), operators) : undefined;
  if (operator === undefined || !place.has("value")) return undefined;
  const value = readRightSide(place.key("value"), operator, scope);
  return field === undefined || value === undefined ? undefined : { field, operator, value };
}

export function readOperator<T extends Operator>(place: Place, known: readonly T[]): T | undefined {
  const { value } = place;
  const found = known.find((operator) => operator === value);
  if (found !== undefined) return found;
  const meant = typeof value === "string" ? (operatorAliases.get(value) ?? nearest(value, known)) : undefined;
  const instead = known.find((operator) => operator === meant);
  return place.form(`one of ${known.join(" ")}`, instead === undefined ? undefined : `"${instead}"`);
}

function readRightSide(place: Place, operator: Operator, scope: TestScope): Comparison["value"] | undefined {
  switch (operator) {
    case "=":
    case "!=":
      return place.has("ref") ? readReference(place, scope) : place.scalar(limits.ruleText);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return place.has("ref") ? readReference(place, scope) : ordered(place);
    case "contains":
    case "startsWith":
    case "endsWith":
      return place.text(limits.ruleText, "a text", 0);
    case "in": {
      const items = place.list(1, limits.listItems, "values");
      return items?.map((item) => item.scalar(limits.ruleText)).filter(given);
    }
    case "between":
      return readRange(place);
    case "regex":
      return readRegex(place, scope);
  }
}

/** Only these kinds have an order. */
function ordered(place: Place): number | string | Date | undefined {
  const { value } = place;
  if (typeof value === "number") return place.number();
  if (typeof value === "string") return place.text(limits.ruleText, "a text", 0);
  if (value instanceof Date || place.has("date")) return place.date();
  return place.form('a number, a text, { "date": … } or { "ref": … }: nothing else has an order');
}

function readRange(place: Place): readonly Scalar[] | undefined {
  const items = place.list(2, 2, "values: the lowest and the highest");
  if (items === undefined) return undefined;
  const before = place.problems.count;
  const [low, high] = items.map(ordered);
  if (low === undefined || high === undefined || place.problems.count > before) return undefined;
  if (typeof low !== typeof high) return place.form("two values of the same kind");
  if (low > high) return place.meaning("the lowest value first", { found: "a range that nothing is in" });
  return [low, high];
}

function readRegex(place: Place, scope: TestScope): string | undefined {
  const source = place.text(limits.regex, "a regular expression", 0);
  if (source === undefined || scope.usage.regexes.has(source)) return source;
  if (scope.usage.regexes.size >= limits.regexes) {
    return place.meaning(`at most ${limits.regexes} different regular expressions in one set of rules`, {
      found: "another",
    });
  }
  scope.usage.regexes.add(source);
  try {
    compileRegex(source);
    return source;
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return place.meaning(`a regular expression (${error.message})`);
  }
}

function readReference(place: Place, { bound }: TestScope): Reference | undefined {
  const reference = readReferenceForm(place);
  if (reference === undefined) return undefined;
  const { pattern } = reference.ref;
  if (bound === undefined) {
    return place.meaning("a value: a rule whose `when` is no array has one fact and nothing to refer to");
  }
  if (bound.includes(pattern)) return reference;
  const near = nearest(pattern, bound);
  const expected = bound.length === 0 ? "a value: no earlier pattern binds a fact" : `one of ${bound.join(", ")}`;
  return place
    .key("ref")
    .key("pattern")
    .meaning(expected, near === undefined ? {} : { instead: `"${near}"` });
}

export function readReferenceForm(place: Place): Reference | undefined {
  place.keys(["ref"]);
  const ref = place.key("ref");
  if (!ref.isObject) return ref.form("an object", '{ "pattern": …, "field": … }');
  ref.keys(["pattern", "field"]);
  const pattern = ref.has("pattern") ? ref.key("pattern").text(limits.name, "the name of a pattern") : undefined;
  const field = ref.has("field") ? ref.key("field").text(limits.name, "the name of a field") : undefined;
  return pattern === undefined || field === undefined ? undefined : { ref: { pattern, field } };
}

function count(place: Place, { usage, ofRule }: TestScope): void {
  ofRule.conditions++;
  usage.conditions++;
  // Once each, at the first condition too many.
  if (ofRule.conditions === limits.conditionsOfRule + 1) {
    const instead = 'several rules, or one "in" for many "="';
    place.meaning(`at most ${limits.conditionsOfRule} conditions in one rule`, { found: "another", instead });
  }
  if (usage.conditions === limits.conditions + 1) {
    place.meaning(`at most ${limits.conditions} conditions in one set of rules`, { found: "another" });
  }
}

function given<T>(value: T | undefined): value is T {
  return value !== undefined;
}
