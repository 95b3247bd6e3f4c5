import type { CounterReading, StatementCount } from "../../environment/counters.ts";
import type { CountedStatement, Span } from "./costs.ts";

/** All counters at one moment. */
export interface Moment extends CounterReading {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly cpuNs?: number;
}

/** What happened between two moments; pure. */
export function spanOf(before: Moment, after: Moment): Span {
  const seconds = (after.at - before.at) / 1000;
  return {
    seconds,
    ...(before.cpuNs === undefined || after.cpuNs === undefined ? {} : { cpuNs: after.cpuNs - before.cpuNs }),
    ...(after.statements === undefined ? {} : { statements: statements(before.statements ?? [], after.statements) }),
    ...(after.commands === undefined ? {} : { commands: commands(before.commands ?? {}, after.commands) }),
  };
}

function statements(before: readonly StatementCount[], after: readonly StatementCount[]): CountedStatement[] {
  const known = new Map(before.map((one) => [one.id, one]));
  return after.flatMap(({ id, query, calls, rows }) => {
    const old = known.get(id);
    const more = calls - (old?.calls ?? 0);
    return more === 0 ? [] : [{ id, query, calls: more, rows: rows - (old?.rows ?? 0) }];
  });
}

function commands(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) {
  return Object.fromEntries(
    Object.entries(after).flatMap(([name, calls]) => {
      const more = calls - (before[name] ?? 0);
      return more === 0 ? [] : [[name, more] as const];
    }),
  );
}

/** Whether nothing ran between two readings. */
export function isQuiet(span: Span): boolean {
  return (span.statements ?? []).length === 0 && Object.keys(span.commands ?? {}).length === 0;
}
