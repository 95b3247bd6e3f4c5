export interface ComparedSpec {
  readonly id: number;
  readonly key: string;
  readonly value: string;
  readonly category: string;
}

export interface FoundConflict {
  readonly specA: number;
  readonly specB: number;
  readonly reason: string;
}

/**
 * Two specs conflict when they give one key of one category different values, or when one value denies the other
 * ("no X" against "X"). Every pair inside a category is compared; `checked` says how many those were.
 */
export function findConflicts(specs: readonly ComparedSpec[]): {
  readonly conflicts: readonly FoundConflict[];
  readonly checked: number;
} {
  const conflicts: FoundConflict[] = [];
  let checked = 0;
  for (const group of Map.groupBy(specs, (spec) => spec.category).values()) {
    const compared = group.map((spec) => ({ ...spec, key: normal(spec.key), value: normal(spec.value) }));
    for (const [index, a] of compared.entries()) {
      for (const b of compared.slice(index + 1)) {
        checked += 1;
        const reason = reasonBetween(a, b);
        if (reason !== undefined) conflicts.push({ specA: Math.min(a.id, b.id), specB: Math.max(a.id, b.id), reason });
      }
    }
  }
  return { conflicts, checked };
}

function reasonBetween(a: ComparedSpec, b: ComparedSpec): string | undefined {
  if (a.key === b.key && a.value !== b.value) return "different_values";
  if (denies(a.value, b.value) || denies(b.value, a.value)) return "contradiction";
  return undefined;
}

function denies(denial: string, value: string): boolean {
  return denial === `no ${value}` || denial === `not ${value}`;
}

function normal(text: string): string {
  return text.trim().toLowerCase().replaceAll(/\s+/g, " ");
}
