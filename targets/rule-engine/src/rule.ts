/**
 * The rule format: what JSON holds, and what the engine takes. `validate.ts` turns unknown JSON into these types and
 * reports every problem at once; `rule.schema.json` is the same for editors.
 *
 * A rule with `when: <test>` looks at one fact at a time. A rule with `when: <pattern>[]` joins several facts: every
 * pattern binds a name, later patterns refer to fields of earlier ones.
 *
 * What evaluation means. A *match* is a rule with the facts that its `fact` patterns bind; two patterns may bind the
 * same fact. A match fires once for as long as it holds; one that ceased to hold and holds again fires again. Every add,
 * update (of all fields of a fact at once), retract and set is a moment of its own, so that a match which ceases and
 * holds again between two evaluations does fire again. The matches that hold and have not fired are the agenda: the next
 * to fire is the one with the highest salience, then the earliest rule, then the smallest ids (compared pattern by
 * pattern). Its actions take effect in order before the next match is chosen, so a match that an action has made false
 * does not fire; the actions of a match that fires are all carried out, and read what the earlier ones have left.
 * A field set to the value it had is no change. Evaluation ends when the agenda is empty. In one evaluation a rule may
 * fire as often as it had matches on the agenda at the beginning, plus the cycle limit: a rule that a million facts meet
 * is no cycle. More is an error that names the rules involved. Where no rule reads what any rule sets, there is nothing
 * to count.
 */

/** What a field of a fact may hold. JSON has no dates: there `{ "date": "2026-01-31T00:00:00Z" }` stands for one. */
export type Scalar = string | number | boolean | null | Date;

export interface Fact {
  /** Unique among the facts of an engine, a safe integer ≥ 0. */
  readonly id: number;
  readonly fields: Readonly<Record<string, Scalar>>;
}

/**
 * Comparisons are between values of one kind; values of different kinds are unequal and have no order. A field that a
 * fact lacks is equal to nothing, not even to null, and every operator on it is false, `!=` included.
 * Numbers compare as in IEEE 754, except that NaN equals NaN (it still has no order, so `<=` is false); −0 equals 0.
 * Strings have the order of their UTF-16 code units, dates that of time; booleans and null have no order.
 * `contains`, `startsWith`, `endsWith` and `regex` are true only of strings.
 */
export type Operator =
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "contains"
  | "startsWith"
  | "endsWith"
  /** `value` is an array of scalars. */
  | "in"
  /** `value` is [low, high], both inclusive. */
  | "between"
  /** `value` is the source of a regular expression in RE2's syntax: matched in linear time. */
  | "regex";

/** The field of a fact that an earlier pattern of the same rule bound. */
export interface Reference {
  readonly ref: { readonly pattern: string; readonly field: string };
}

export interface Comparison {
  readonly field: string;
  readonly operator: Operator;
  /** References only inside patterns, and only with =, !=, <, <=, > and >=. */
  readonly value: Scalar | readonly Scalar[] | Reference;
}

export type Test =
  | Comparison
  /** True for a fact that has the field, whatever it holds. */
  | { readonly has: string }
  /** All of none is true: `all: []` is every fact, `any: []` is no fact. */
  | { readonly all: readonly Test[] }
  | { readonly any: readonly Test[] }
  | { readonly not: Test };

export type Aggregation = "count" | "sum" | "min" | "max" | "average";

export type Pattern =
  /** One fact for which the test holds; every such fact gives a match of its own. */
  | { readonly fact: string; readonly where: Test }
  /** At least one fact, which is not bound: the rule matches once, however many there are. */
  | { readonly exists: Test }
  /** No fact at all. */
  | { readonly none: Test }
  /**
   * All facts for which the test holds, as one number, which must pass the comparison. Facts without the field, or
   * with something that is no number in it (NaN included), are left out; `count` without `of` counts facts. Sums add
   * in the order of the facts' ids, so that what was retracted leaves no rounding behind. Over no facts, count and sum
   * are 0, and min, max and average have no value: the pattern does not match.
   */
  | {
      readonly aggregate: Aggregation;
      readonly of?: string;
      readonly over: Test;
      readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">=";
      readonly value: number;
      /**
       * Name under which actions may use the number: a field "value" of this pattern. It is the number as it was when
       * the match was chosen to fire.
       */
      readonly as?: string;
    };

/**
 * A value may be missing: a reference to a field that the fact lacks, a formula without a result. Then `set` does nothing,
 * and `create` and `emit` leave the field out. A bare field name in a formula means the one fact that the rule binds.
 * `formula`: numbers, strings, fields as `name` or `pattern.name`, + - * / %, parentheses, min, max, abs, round, floor, ceil.
 */
export type Value = { readonly value: Scalar } | { readonly formula: string } | Reference;

export type Action =
  /** Changes the fact (the one fact, or the one that `fact` names); rules whose conditions it meets then fire in turn. */
  | { readonly set: string; readonly fact?: string; readonly to: Value }
  /** A new fact, whose id is one more than the largest that the engine has ever held (0 in one that held none). */
  | { readonly create: Readonly<Record<string, Value>> }
  /** A result for the caller, which no rule sees. */
  | { readonly emit: string; readonly with?: Readonly<Record<string, Value>> };

export interface Rule {
  /** Unique among the rules of an engine, a safe integer ≥ 0. */
  readonly id: number;
  readonly name: string;
  /** Higher fires first; equal salience in the order of the rules, then of the facts' ids. Default 0. */
  readonly salience?: number;
  readonly when: Test | readonly Pattern[];
  readonly then: readonly Action[];
}
