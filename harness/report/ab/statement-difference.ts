/** What one side's database did for so many requests; one entry a statement, its constants taken out. */
export interface StatementsOfSide {
  readonly statements: readonly {
    readonly query: string;
    readonly calls: number;
    readonly rows: number;
    readonly totalMs: number;
  }[];
  readonly requests: number;
}

export interface StatementChange {
  readonly query: string;
  /** "new": base never sent it. */
  readonly what: "new" | "vanished" | "changed";
  readonly base: PerRequest;
  readonly head: PerRequest;
}

interface PerRequest {
  readonly calls: number;
  readonly rows: number;
  /** Milliseconds in the executor. */
  readonly ms: number;
}

/** Work in the background (a health check, a pool's greeting) is a few calls in hundreds of requests. */
const LEAST_CALLS = 0.05;
/** Of the calls or rows per request that the other side has. */
const LEAST_SHARE = 0.02;
const NOTHING: PerRequest = { calls: 0, rows: 0, ms: 0 };

/** Statements that head sends more often, less often, or with other rows than base, most time per request first. */
export function changedStatements(base: StatementsOfSide, head: StatementsOfSide): StatementChange[] {
  const [before, after] = [perRequest(base), perRequest(head)];
  const queries = [...new Set([...after.keys(), ...before.keys()])];
  return queries
    .map((query): StatementChange => {
      const one = before.get(query) ?? NOTHING;
      const other = after.get(query) ?? NOTHING;
      const what = one.calls < LEAST_CALLS ? "new" : other.calls < LEAST_CALLS ? "vanished" : "changed";
      return { query, what, base: one, head: other };
    })
    .filter(({ base: one, head: other }) => differ(one.calls, other.calls) || differ(one.rows, other.rows))
    .sort((a, b) => weight(b) - weight(a));
}

function perRequest({ statements, requests }: StatementsOfSide): Map<string, PerRequest> {
  const found = new Map<string, PerRequest>();
  for (const { query, calls, rows, totalMs } of statements) {
    const known = found.get(query) ?? NOTHING;
    found.set(query, {
      calls: known.calls + calls / requests,
      rows: known.rows + rows / requests,
      ms: known.ms + totalMs / requests,
    });
  }
  return found;
}

function differ(one: number, other: number): boolean {
  const apart = Math.abs(one - other);
  return apart >= LEAST_CALLS && apart > LEAST_SHARE * Math.max(one, other);
}

/** By the calls that came or went, then by time: a statement more is named before one that is only slower. */
function weight({ base, head }: StatementChange): number {
  return Math.abs(head.calls - base.calls) * 1e6 + Math.abs(head.ms - base.ms);
}
