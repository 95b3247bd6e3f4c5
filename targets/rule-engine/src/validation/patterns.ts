import type { Aggregation, Pattern } from "../rule.ts";
import { limits } from "./limits.ts";
import { nearest, type Place } from "./reader.ts";
import { readOperator, readTest, type TestScope } from "./tests.ts";

/** The names that a rule's patterns make known to its actions. */
export interface Names {
  readonly facts: string[];
  readonly numbers: string[];
}

const aggregations: readonly Aggregation[] = ["count", "sum", "min", "max", "average"];
const aggregationAliases: ReadonlyMap<string, Aggregation> = new Map([
  ["avg", "average"],
  ["mean", "average"],
  ["minimum", "min"],
  ["maximum", "max"],
  ["total", "sum"],
]);

type NumberOperator = Extract<Pattern, { readonly aggregate: unknown }>["operator"];
const numberOperators: readonly NumberOperator[] = ["=", "!=", "<", "<=", ">", ">="];

/** `names` grows by what the pattern binds. */
export function readPattern(place: Place, names: Names, scope: Omit<TestScope, "bound">): Pattern | undefined {
  const testAt = (key: string) =>
    place.has(key) ? readTest(place.key(key), { ...scope, bound: names.facts }) : undefined;
  if (place.has("fact")) {
    place.keys(["fact", "where"]);
    const where = testAt("where");
    const fact = readName(place.key("fact"), names.facts, names);
    return fact === undefined || where === undefined ? undefined : { fact, where };
  }
  if (place.has("exists")) {
    place.keys(["exists"]);
    const exists = testAt("exists");
    return exists === undefined ? undefined : { exists };
  }
  if (place.has("none")) {
    place.keys(["none"]);
    const none = testAt("none");
    return none === undefined ? undefined : { none };
  }
  if (place.has("aggregate")) return readAggregate(place, names, testAt);
  return place.form("a pattern with fact, exists, none or aggregate", '{ "fact": "order", "where": … }');
}

function readAggregate(
  place: Place,
  names: Names,
  testAt: (key: string) => ReturnType<typeof readTest>,
): Pattern | undefined {
  const aggregate = readAggregation(place.key("aggregate"));
  const needsField = aggregate !== undefined && aggregate !== "count";
  const required = ["aggregate", ...(needsField ? ["of"] : []), "over", "operator", "value"];
  place.keys(required, needsField ? ["as"] : ["of", "as"]);
  const of = place.has("of") ? place.key("of").text(limits.name, "the name of a field") : undefined;
  const over = testAt("over");
  const operator = place.has("operator") ? readOperator(place.key("operator"), numberOperators) : undefined;
  const value = place.has("value") ? place.key("value").number() : undefined;
  const as = place.has("as") ? readName(place.key("as"), names.numbers, names) : undefined;
  if (aggregate === undefined || over === undefined || operator === undefined || value === undefined) return undefined;
  return { aggregate, over, operator, value, ...(of === undefined ? {} : { of }), ...(as === undefined ? {} : { as }) };
}

function readAggregation(place: Place): Aggregation | undefined {
  const { value } = place;
  const found = aggregations.find((aggregation) => aggregation === value);
  if (found !== undefined) return found;
  const meant = typeof value === "string" ? (aggregationAliases.get(value) ?? nearest(value, aggregations)) : undefined;
  return place.form(`one of ${aggregations.join(" ")}`, meant === undefined ? undefined : `"${meant}"`);
}

function readName(place: Place, own: string[], { facts, numbers }: Names): string | undefined {
  const name = place.text(limits.name, "a name for the pattern");
  if (name === undefined) return undefined;
  if (facts.includes(name) || numbers.includes(name)) {
    return place.meaning("a name that no other pattern of the rule has");
  }
  own.push(name);
  return name;
}
