/** What a firing does, and what it tells the caller. */
import type { Column } from "../columns.ts";
import { type Formula, parseFormula } from "../formula.ts";
import type { Action, Rule, Scalar, Value } from "../rule.ts";
import type { ArenaFactStore } from "../stores/arena.ts";
import { setOwn } from "../stores/store.ts";
import { kindOf, payloadOf } from "../values.ts";
import type { FactPattern, GroupPattern } from "./compile.ts";
import { RuleError } from "./rule-error.ts";

/** One action of one firing, with the value that it had. */
export type Effect =
  /** `fact` is the name of the pattern whose fact was changed; absent in a rule that looks at one fact. */
  | { readonly set: string; readonly fact?: string; readonly to: Scalar }
  /** The id of the new fact. */
  | { readonly created: number; readonly fields: Readonly<Record<string, Scalar>> }
  | { readonly emit: string; readonly with: Readonly<Record<string, Scalar>> };

/** Numbers of `aggregate … as` by name. */
export type Numbers = ReadonlyMap<string, number>;
export const NO_NUMBERS: Numbers = new Map();

type Getter = (rows: ArrayLike<number>, numbers: Numbers) => Scalar | undefined;

export type Step =
  | {
      readonly kind: "set";
      readonly field: string;
      readonly position: number;
      readonly fact: string | undefined;
      readonly value: Getter;
      /** Set where the value does not depend on the facts. */
      readonly constant: { readonly kind: number; readonly payload: number } | undefined;
    }
  | { readonly kind: "create"; readonly values: readonly { readonly name: string; readonly value: Getter }[] }
  | {
      readonly kind: "emit";
      readonly name: string;
      readonly values: readonly { readonly name: string; readonly value: Getter }[];
    };

export interface CompiledAction {
  readonly steps: readonly Step[];
  /** The effects of every firing, where none depends on the facts. */
  readonly constant: readonly Effect[] | undefined;
  /** Fields that values are computed from. */
  readonly reads: ReadonlySet<string>;
  /** Fields of facts that are set or created. */
  readonly writes: ReadonlySet<string>;
  readonly creates: boolean;
  /** Whether some value is the number of an aggregate. */
  readonly usesNumbers: boolean;
}

/** @throws RuleError */
export function compileActions(
  rule: Rule,
  path: string,
  facts: readonly FactPattern[],
  groups: readonly GroupPattern[],
  store: ArenaFactStore,
): CompiledAction {
  const compiler = new ActionCompiler(path, facts, groups, store);
  const steps = rule.then.map((action) => compiler.step(action));
  const constant = compiler.isConstant && !compiler.creates ? steps.map(constantEffect) : undefined;
  const { reads, writes, creates, usesNumbers } = compiler;
  return { steps, constant, reads, writes, creates, usesNumbers };
}

class ActionCompiler {
  readonly reads = new Set<string>();
  readonly writes = new Set<string>();
  creates = false;
  usesNumbers = false;
  isConstant = true;
  readonly #path: string;
  readonly #facts: readonly FactPattern[];
  readonly #groups: readonly GroupPattern[];
  readonly #store: ArenaFactStore;

  constructor(path: string, facts: readonly FactPattern[], groups: readonly GroupPattern[], store: ArenaFactStore) {
    this.#path = path;
    this.#facts = facts;
    this.#groups = groups;
    this.#store = store;
  }

  step(action: Action): Step {
    if ("set" in action) {
      this.writes.add(action.set);
      const position = this.#position(action.fact);
      const value = this.#getter(action.to);
      const constant = "value" in action.to ? this.#encoded(action.to.value) : undefined;
      return { kind: "set", field: action.set, position, fact: action.fact, value, constant };
    }
    if ("create" in action) {
      this.creates = true;
      for (const name of Object.keys(action.create)) this.writes.add(name);
      return { kind: "create", values: this.#values(action.create) };
    }
    if ("emit" in action) return { kind: "emit", name: action.emit, values: this.#values(action.with ?? {}) };
    throw new RuleError(`${this.#path}: an action is one of set, create and emit`);
  }

  #encoded(value: Scalar): { kind: number; payload: number } {
    const kind = kindOf(value);
    return { kind, payload: payloadOf(kind, value, this.#store.strings) };
  }

  #values(values: Readonly<Record<string, Value>>): { name: string; value: Getter }[] {
    return Object.keys(values).map((name) => ({ name, value: this.#getter(values[name] as Value) }));
  }

  #position(name: string | undefined): number {
    if (name === undefined) {
      if (this.#facts.length === 1) return 0;
      throw new RuleError(`${this.#path}: it binds ${this.#facts.length} facts, so an action must say which is meant`);
    }
    const position = this.#facts.findIndex((fact) => fact.name === name);
    if (position < 0) throw new RuleError(`${this.#path}: no pattern binds a fact called ${JSON.stringify(name)}`);
    return position;
  }

  #getter(value: Value): Getter {
    if ("value" in value) {
      const scalar = value.value;
      return () => scalar;
    }
    this.isConstant = false;
    if ("ref" in value) return this.#field(value.ref.pattern, value.ref.field);
    return this.#formula(value.formula);
  }

  #field(pattern: string | undefined, field: string): Getter {
    if (pattern !== undefined && this.#groups.some((group) => group.as === pattern)) {
      this.usesNumbers = true;
      return (_, numbers) => (field === "value" ? numbers.get(pattern) : undefined);
    }
    const position = this.#position(pattern);
    this.reads.add(field);
    const column: Column = this.#store.column(field);
    const store = this.#store;
    return (rows) => store.read(rows[position] as number, column);
  }

  #formula(source: string): Getter {
    let formula: Formula;
    try {
      formula = parseFormula(source);
    } catch (error) {
      throw new RuleError(`${this.#path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    const getters = new Map<string, Getter>();
    for (const { pattern, field } of formula.reads) getters.set(readKey(pattern, field), this.#field(pattern, field));
    return (rows, numbers) =>
      formula.evaluate((pattern, field) => getters.get(readKey(pattern, field))?.(rows, numbers));
  }
}

function readKey(pattern: string | undefined, field: string): string {
  return pattern === undefined ? field : `${pattern}\u0000${field}`;
}

const NO_ROWS: readonly number[] = [];

function constantEffect(step: Step): Effect {
  return Object.freeze(effectOf(step, NO_ROWS, NO_NUMBERS) as Effect);
}

/** Undefined when the value cannot be had. Not for `create`, which needs the new fact's id. */
export function effectOf(step: Step, rows: ArrayLike<number>, numbers: Numbers): Effect | undefined {
  if (step.kind === "set") {
    const to = step.value(rows, numbers);
    if (to === undefined) return undefined;
    return step.fact === undefined ? { set: step.field, to } : { set: step.field, fact: step.fact, to };
  }
  const fields = fieldsOf(step, rows, numbers);
  return step.kind === "emit" ? { emit: step.name, with: fields } : { created: -1, fields };
}

export function fieldsOf(
  step: Exclude<Step, { kind: "set" }>,
  rows: ArrayLike<number>,
  numbers: Numbers,
): Record<string, Scalar> {
  const fields: Record<string, Scalar> = {};
  for (const { name, value } of step.values) {
    const scalar = value(rows, numbers);
    if (scalar !== undefined) setOwn(fields, name, scalar);
  }
  return fields;
}
