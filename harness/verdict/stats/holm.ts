/**
 * The p values corrected for their family, in the order in which they came: at most α where Holm's procedure rejects at α.
 * Holds whatever the dependence between them. Holm, Scandinavian Journal of Statistics 6 (1979).
 */
export function holm(values: readonly number[]): number[] {
  const corrected: number[] = [];
  let largest = 0;
  for (const [rank, { p, index }] of values
    .map((p, index) => ({ p, index }))
    .sort((a, b) => a.p - b.p)
    .entries()) {
    largest = Math.max(largest, Math.min(1, p * (values.length - rank)));
    corrected[index] = largest;
  }
  return corrected;
}
