import type { ArenaFactStore } from "../stores/arena.ts";
import { NO_NUMBERS, type Numbers } from "./actions.ts";
import type { CompiledRule } from "./compile.ts";
import { bind, type Segment } from "./session-state.ts";

/** The aggregates of a match. */
export type NumbersOf = (rule: CompiledRule, rows: Int32Array) => Numbers;

/** Values that nobody reads, in the facts all the same. */
export function writeSegment(segment: Segment, store: ArenaFactStore, numbersOf: NumbersOf): void {
  const { rule, entries, columns } = segment;
  if (rule.actions.writes.size === 0) return;
  const { steps, constant } = rule.actions;
  // Several actions may set one field: then the order of the firings counts, not that of the actions.
  const isPlain = columns === undefined && constant !== undefined && steps.length === 1;
  for (const step of isPlain ? steps : []) {
    if (step.kind !== "set" || step.constant === undefined) continue;
    store.writeAll(entries, step.field, step.constant.kind, step.constant.payload);
  }
  if (!isPlain) writeEach(segment, store, numbersOf);
}

function writeEach({ rule, entries, columns }: Segment, store: ArenaFactStore, numbersOf: NumbersOf): void {
  const rows = new Int32Array(rule.facts.length);
  for (const entry of entries) {
    bind(rows, entry, columns);
    const numbers = rule.actions.usesNumbers ? numbersOf(rule, rows) : NO_NUMBERS;
    for (const step of rule.actions.steps) {
      if (step.kind !== "set") continue;
      const value = step.value(rows, numbers);
      if (value !== undefined) store.write(rows[step.position] as number, step.field, value);
    }
  }
}
