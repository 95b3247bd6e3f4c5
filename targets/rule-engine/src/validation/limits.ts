import { longestRegex } from "../regex.ts";

/**
 * What rules from outside may hold. They keep the time and memory of reading and compiling them in proportion to the
 * size of the JSON; rule.schema.json states those that JSON Schema can express.
 */
export const limits = {
  rules: 10_000,
  /** `all`, `any` and `not` inside one another. */
  nesting: 50,
  /** Comparisons and `has`. */
  conditionsOfRule: 1_000,
  conditions: 200_000,
  patterns: 20,
  actions: 100,
  /** Of one `in`. */
  listItems: 10_000,
  /** Different expressions in one set of rules: each costs up to some milliseconds to compile. */
  regexes: 1_000,
  /** Of a fact, of `create` and of `with`. */
  fields: 1_000,
  /** Names of rules, patterns, fields and emitted events; in Unicode code points, as JSON Schema counts. */
  name: 200,
  /** Texts in rules, in code points. */
  ruleText: 10_000,
  regex: longestRegex,
  /** Texts in facts, in code points. */
  factText: 100_000,
  /** Problems that are described; the rest is counted. */
  problems: 100,
} as const;
