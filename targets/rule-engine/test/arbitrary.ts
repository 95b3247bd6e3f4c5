/**
 * Random rules, facts and changes from a world so small that conditions are met, joins join and values collide. Formulas
 * are made as trees, so that the oracle knows what they mean without parsing them.
 */
import fc, { type Arbitrary } from "fast-check";
import type { Action, Fact, Pattern, Rule, Scalar, Test, Value } from "../src/rule.ts";
import type { FormulaMeaning } from "./oracle.ts";

/** What happens to the facts between two evaluations. Numbers that choose a fact count modulo the facts that exist. */
export type Change =
  | { readonly add: Fact }
  | { readonly update: number; readonly changes: Readonly<Record<string, Scalar | undefined>> }
  | { readonly retract: number }
  | { readonly retractAndAddAgain: number };

export interface Scenario {
  readonly rules: readonly Rule[];
  readonly steps: readonly (readonly Change[])[];
}

const fields = ["a", "b", "c", "__proto__", "constructor"] as const;
const field = fc.oneof({ weight: 9, arbitrary: fc.constantFrom("a", "b", "c") }, fc.constantFrom(...fields));

const smallNumber = fc.constantFrom(0, 1, 1, 2);
const oddNumber = fc.constantFrom(
  -0,
  -1,
  0.5,
  0.1,
  1e16,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
);
const text = fc.constantFrom("", "x", "xy", "yx", "x y", "é", "\u{1F600}", "1");
const date = fc.constantFrom(0, 1, 86_400_000, -1).map((time) => new Date(time));
const scalar: Arbitrary<Scalar> = fc.oneof(
  { weight: 18, arbitrary: smallNumber },
  { weight: 2, arbitrary: oddNumber },
  // NaN equals NaN only by decree, so it must meet itself often.
  { weight: 2, arbitrary: fc.constant(Number.NaN) },
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: date },
);

/** Ids at the edges of 31 and 32 bits beside small ones. */
const id = fc.oneof(
  { weight: 12, arbitrary: fc.nat(5) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40) },
);

const fact: Arbitrary<Fact> = fc.record({
  id,
  fields: fc
    .array(fc.tuple(field, scalar), { minLength: 1, maxLength: 6, size: "max" })
    // fromEntries makes `__proto__` a field like any other.
    .map((entries) => Object.fromEntries(entries)),
});

const reference = (names: readonly string[]) =>
  fc.record({ ref: fc.record({ pattern: fc.constantFrom(...names), field }) });

function comparison(names: readonly string[]): Arbitrary<Test> {
  const value = <T>(arbitrary: Arbitrary<T>, weight: number) =>
    names.length === 0
      ? [{ weight: 1, arbitrary }]
      : [
          { weight: 1, arbitrary },
          { weight, arbitrary: reference(names) as unknown as Arbitrary<T> },
        ];
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ field, operator: fc.constant("=" as const), value: fc.oneof(...value(scalar, 5)) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        field,
        operator: fc.constantFrom("!=" as const, "<" as const, "<=" as const, ">" as const, ">=" as const),
        value: fc.oneof(...value(fc.oneof(smallNumber, scalar), 5)),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        field,
        operator: fc.constantFrom("contains" as const, "startsWith" as const, "endsWith" as const),
        value: text,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        field,
        operator: fc.constant("in" as const),
        value: fc.array(scalar, { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ field, operator: fc.constant("between" as const), value: fc.tuple(scalar, scalar) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        field,
        operator: fc.constant("regex" as const),
        value: fc.constantFrom("x", "^x", "y$", "^x?y*$", "^.$", "[xy]+ ", "^$"),
      }),
    },
    { weight: 3, arbitrary: fc.record({ has: field }) },
  );
}

function test(names: readonly string[], depth = 2): Arbitrary<Test> {
  if (depth === 0) return comparison(names);
  const inner = test(names, depth - 1);
  return fc.oneof(
    { weight: 6, arbitrary: comparison(names) },
    { weight: 3, arbitrary: fc.record({ all: fc.array(inner, { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ any: fc.array(inner, { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ not: inner }) },
  );
}

type Tree =
  | { readonly literal: number | string }
  | { readonly pattern: string | undefined; readonly field: string }
  | { readonly sign: string; readonly left: Tree; readonly right: Tree }
  | { readonly call: string; readonly operands: readonly Tree[] }
  | { readonly minus: Tree };

const meanings = new Map<string, Tree>();

/** What a formula that was made here means. */
export const meaning: FormulaMeaning = (source, lookup) => {
  const tree = meanings.get(source);
  if (tree === undefined) throw new Error(`${source} was not made here`);
  const value = meant(tree, lookup);
  return typeof value === "number" && !Number.isFinite(value) ? undefined : value;
};

type Lookup = Parameters<FormulaMeaning>[1];

function meant(tree: Tree, lookup: Lookup): Scalar | undefined {
  if ("literal" in tree) return tree.literal;
  if ("field" in tree) return lookup(tree.pattern, tree.field);
  if ("minus" in tree) return number(meant(tree.minus, lookup), (operand) => -operand);
  if ("call" in tree)
    return call(
      tree.call,
      tree.operands.map((operand) => meant(operand, lookup)),
    );
  const [left, right] = [meant(tree.left, lookup), meant(tree.right, lookup)];
  const texts = [left, right].filter((side) => typeof side === "string").length;
  if (tree.sign === "+" && texts > 0) {
    const sides = [left, right].map((side) => number(side, String) ?? (typeof side === "string" ? side : undefined));
    return sides.includes(undefined) || sides.join("").length > 100_000 ? undefined : sides.join("");
  }
  return number(left, (a) => number(right, (b) => number(arithmetic(a, tree.sign, b), (result) => result)));
}

function number<T>(value: Scalar | undefined, then: (finite: number) => T): T | undefined {
  return typeof value === "number" && Number.isFinite(value) ? then(value) : undefined;
}

function arithmetic(a: number, sign: string, b: number): number {
  if (sign === "+") return a + b;
  if (sign === "-") return a - b;
  if (sign === "*") return a * b;
  return sign === "/" ? a / b : a % b;
}

function call(name: string, operands: readonly (Scalar | undefined)[]): number | undefined {
  const numbers = operands.filter((operand) => typeof operand === "number" && Number.isFinite(operand)) as number[];
  if (numbers.length < operands.length) return undefined;
  if (name === "min") return Math.min(...numbers);
  if (name === "max") return Math.max(...numbers);
  const [one] = numbers as [number];
  if (name === "abs") return Math.abs(one);
  if (name === "floor") return Math.floor(one);
  if (name === "ceil") return Math.ceil(one);
  return one - Math.floor(one) < 0.5 ? Math.floor(one) : Math.ceil(one);
}

function sourceOf(tree: Tree): string {
  if ("literal" in tree) return typeof tree.literal === "string" ? `'${tree.literal}'` : String(tree.literal);
  if ("field" in tree) return tree.pattern === undefined ? tree.field : `${tree.pattern}.${tree.field}`;
  if ("minus" in tree) return `-(${sourceOf(tree.minus)})`;
  if ("call" in tree) return `${tree.call}(${tree.operands.map(sourceOf).join(", ")})`;
  return `(${sourceOf(tree.left)} ${tree.sign} ${sourceOf(tree.right)})`;
}

interface Names {
  readonly facts: readonly string[];
  readonly numbers: readonly string[];
  /** The rule is about one fact without a name. */
  readonly alone: boolean;
}

function read({ facts, numbers, alone }: Names): Arbitrary<Tree> | undefined {
  const options: Arbitrary<Tree>[] = [];
  if (alone || facts.length === 1) options.push(fc.record({ pattern: fc.constant(undefined), field }));
  if (facts.length > 0) options.push(fc.record({ pattern: fc.constantFrom(...facts), field }));
  if (numbers.length > 0)
    options.push(fc.record({ pattern: fc.constantFrom(...numbers), field: fc.constant("value") }));
  return options.length === 0 ? undefined : fc.oneof(...options);
}

function tree(names: Names, depth = 2): Arbitrary<Tree> {
  const literal: Arbitrary<Tree> = fc.record({
    literal: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<number | string>(0, 1, 2, 0.5) },
      fc.constantFrom("x", ""),
    ),
  });
  const leaf = fc.oneof(literal, read(names) ?? literal);
  if (depth === 0) return leaf;
  const inner = tree(names, depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 3, arbitrary: fc.record({ sign: fc.constantFrom("+", "-", "*", "/", "%"), left: inner, right: inner }) },
    { weight: 1, arbitrary: fc.record({ minus: inner }) },
    {
      weight: 1,
      arbitrary: fc.record({
        call: fc.constantFrom("min", "max"),
        operands: fc.array(inner, { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        call: fc.constantFrom("abs", "round", "floor", "ceil"),
        operands: fc.tuple(inner),
      }),
    },
  );
}

function formula(names: Names): Arbitrary<{ readonly formula: string }> {
  return tree(names).map((made) => {
    const source = sourceOf(made);
    meanings.set(source, made);
    return { formula: source };
  });
}

export const testOfOneFact = test([]);

/** Formulas over one fact, and the fields of a fact. */
export const formulaOfOneFact = formula({ facts: [], numbers: [], alone: true });
export const factFields = fact.map(({ fields }) => fields);

function value(names: Names): Arbitrary<Value> {
  const options: Arbitrary<Value>[] = [fc.record({ value: scalar }), fc.record({ value: smallNumber }), formula(names)];
  if (names.facts.length > 0) options.push(reference(names.facts));
  if (names.numbers.length > 0) {
    const number = fc.constantFrom(...names.numbers);
    options.push(number.map((pattern) => ({ ref: { pattern, field: "value" } })));
  }
  return fc.oneof(...options);
}

function action(names: Names): Arbitrary<Action> {
  const values = fc
    .array(fc.tuple(field, value(names)), { maxLength: 2 })
    .map((entries): Readonly<Record<string, Value>> => Object.fromEntries(entries));
  const options: { readonly weight: number; readonly arbitrary: Arbitrary<Action> }[] = [
    { weight: 3, arbitrary: fc.record({ emit: fc.constantFrom("seen", "done"), with: values }) },
    { weight: 1, arbitrary: fc.record({ emit: fc.constant("bare") }) },
    { weight: 1, arbitrary: fc.record({ create: values }) },
  ];
  if (names.alone || names.facts.length === 1) {
    options.push({ weight: 5, arbitrary: fc.record({ set: field, to: value(names) }) });
  }
  if (names.facts.length > 0) {
    const bound = fc.constantFrom(...names.facts);
    options.push({ weight: 5, arbitrary: fc.record({ set: field, fact: bound, to: value(names) }) });
  }
  return fc.oneof(...options);
}

/** Patterns one after the other: each may refer to the facts that earlier ones bind. */
function patterns(): Arbitrary<{ readonly when: readonly Pattern[]; readonly names: Names }> {
  const kinds = fc.array(fc.constantFrom("fact", "fact", "fact", "exists", "none", "aggregate"), {
    minLength: 1,
    maxLength: 4,
  });
  return kinds.chain((chosen) => {
    const facts: string[] = [];
    const numbers: string[] = [];
    const made = chosen.map((kind, index): Arbitrary<Pattern> => {
      const before = test([...facts]);
      if (kind === "exists") return fc.record({ exists: before });
      if (kind === "none") return fc.record({ none: before });
      if (kind === "aggregate") {
        const as = `n${index}`;
        numbers.push(as);
        return aggregate(before, as);
      }
      // The third join already makes 6³ combinations of facts.
      if (facts.length === 3) return fc.record({ exists: before });
      const name = `p${index}`;
      facts.push(name);
      return fc.record({ fact: fc.constant(name), where: before });
    });
    return fc.tuple(...made).map((when) => ({ when, names: { facts, numbers, alone: false } }));
  });
}

function aggregate(over: Arbitrary<Test>, as: string): Arbitrary<Pattern> {
  const operator = fc.constantFrom(
    "=" as const,
    "!=" as const,
    "<" as const,
    "<=" as const,
    ">" as const,
    ">=" as const,
  );
  const rest = { over, operator, value: smallNumber, as: fc.constant(as) };
  return fc.oneof(
    fc.record({ aggregate: fc.constant("count" as const), ...rest }),
    fc.record({
      aggregate: fc.constantFrom("count" as const, "sum" as const, "min" as const, "max" as const, "average" as const),
      of: field,
      ...rest,
    }),
  );
}

type Body = Pick<Rule, "when" | "then" | "salience">;

const body: Arbitrary<Body> = fc
  .oneof(
    test([]).map((when): { readonly when: Rule["when"]; readonly names: Names } => ({
      when,
      names: { facts: [], numbers: [], alone: true },
    })),
    { weight: 2, arbitrary: patterns() },
  )
  .chain(({ when, names }) =>
    fc
      .tuple(fc.array(action(names), { maxLength: 3 }), fc.constantFrom(undefined, undefined, -1, 0, 1, 1.5))
      .map(([then, salience]) => ({ when, then, ...(salience === undefined ? {} : { salience }) })),
  );

/** Ids against the order of the rules, so that nobody takes one for the other. */
const rules = fc
  .array(body, { minLength: 1, maxLength: 4, size: "max" })
  .map((bodies): readonly Rule[] => bodies.map((one, index) => ({ id: 100 - index, name: `rule ${index}`, ...one })));

const changes = fc
  .array(fc.tuple(field, fc.option(scalar, { nil: undefined, freq: 5 })), { maxLength: 3 })
  .map((entries): Readonly<Record<string, Scalar | undefined>> => Object.fromEntries(entries));

const change: Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ add: fact }) },
  { weight: 6, arbitrary: fc.record({ update: fc.nat(9), changes }) },
  { weight: 3, arbitrary: fc.record({ retract: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ retractAndAddAgain: fc.nat(9) }) },
);

export const scenario: Arbitrary<Scenario> = fc.record({
  rules,
  steps: fc
    .tuple(
      fc.array(fc.record({ add: fact }), { minLength: 1, maxLength: 6, size: "max" }),
      fc.array(fc.array(change, { maxLength: 4, size: "max" }), { maxLength: 6, size: "max" }),
    )
    .map(([first, later]) => [first, ...later]),
});
