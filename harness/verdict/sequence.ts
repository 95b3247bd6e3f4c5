/** A nightly job or a release: commands that ran one after the other, and what each of them left. */
export interface SequenceRecord {
  readonly schema: "proofload/sequence/1";
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly proofloadVersion: string;
  readonly commit?: { readonly sha: string; readonly time?: string; readonly dirty: boolean };
  /** Whether there was a database to stream to. */
  readonly streamed: boolean;
  readonly exitCode: number;
  readonly parts: readonly SequencePart[];
}

export interface SequencePart {
  /** The command as it stands in the configuration. */
  readonly line: string;
  /** Absent where it was left out; `why` says why. */
  readonly exitCode?: number;
  readonly why?: string;
  readonly seconds: number;
  /** File beside the page with everything that it wrote. */
  readonly textFile?: string;
  readonly lastLine?: string;
  /** Folders that it left, each with its verdict. */
  readonly left: readonly LeftFolder[];
}

export interface LeftFolder {
  /** Relative to the sequence's own folder. */
  readonly path: string;
  /** PASS, FAIL, REGRESSED, … */
  readonly kind: string;
  /** The verdict in one sentence. */
  readonly sentence: string;
  /** Scenario or micro-benchmark → its verdict; empty where it is one thing. */
  readonly subjects: readonly { readonly name: string; readonly kind: string }[];
  readonly hasReport: boolean;
}

/** What an exit code says, in one word. */
export function wordOf({ exitCode }: Pick<SequencePart, "exitCode">): string {
  const words: Readonly<Record<number, string>> = { 0: "PASS", 1: "FAIL", 2: "INCONCLUSIVE", 3: "INVALID", 4: "ERROR" };
  return exitCode === undefined ? "SKIPPED" : (words[exitCode] ?? `EXIT ${exitCode}`);
}

/** What came out otherwise than the last time, in sentences; empty where nothing did. Pure. */
export function changesSince(before: SequenceRecord, now: SequenceRecord): string[] {
  const parts = now.parts.flatMap((part) => {
    const old = before.parts.find(({ line }) => line === part.line);
    if (old === undefined) return [`${part.line}: new in this sequence`];
    const own = wordOf(old) === wordOf(part) ? [] : [`${part.line}: ${wordOf(old)} → ${wordOf(part)}`];
    const subjects = kindsOf(part);
    return [
      ...own,
      ...[...kindsOf(old)].flatMap(([name, kind]) => {
        const found = subjects.get(name);
        return found === undefined || found === kind ? [] : [`${name}: ${kind} → ${found}`];
      }),
    ];
  });
  const gone = before.parts.filter(({ line }) => !now.parts.some((part) => part.line === line));
  return [...parts, ...gone.map(({ line }) => `${line}: no longer part of this sequence`)];
}

function kindsOf({ left }: SequencePart): ReadonlyMap<string, string> {
  return new Map(left.flatMap(({ subjects }) => subjects.map(({ name, kind }) => [name, kind] as const)));
}
