import { type Random, shuffled } from "./random.ts";

/** Distance between point i and point j, at least 0 and symmetric: |x − y| of scalars, or one between distributions. */
export type Distance = (i: number, j: number) => number;

export interface Divisive {
  /** A split is kept when its p is at most this. */
  readonly alpha: number;
  /** Points on each side of a split, at least 2. */
  readonly minimumSegment: number;
  readonly permutations: number;
  readonly random: Random;
}

export interface Split {
  /** The first point of the new level. */
  readonly index: number;
  /** How far apart the two sides are: nm/(n+m) times their energy distance, in the unit of the distances. */
  readonly quality: number;
  /** (1 + permutations with a split as good) / (1 + permutations): never 0. */
  readonly p: number;
}

type Candidate = Pick<Split, "index" | "quality">;

/** Where no place parts anything. */
const NONE: Candidate = { index: -1, quality: 0 };

/**
 * E-divisive: the series is split where the energy distance between what lies before and after is largest, and again within
 * the parts, as long as a seeded permutation test (within the parts) finds the best split better than chance. Matteson and
 * James, "A nonparametric approach for multiple change point analysis of multivariate data", JASA 109 (2014).
 *
 * Assumes that points of one level may change places: where neighbours resemble one another it finds too much. Time and
 * memory grow with the square of `count`, time with the permutations too. Splits come in the order of the series.
 */
export function eDivisive(count: number, distance: Distance, options: Divisive): Split[] {
  const matrix = matrixOf(count, distance);
  const splits: Split[] = [];
  let parts: number[][] = [Array.from({ length: count }, (_, index) => index)];
  for (;;) {
    const best = bestSplit(parts, matrix, count, options.minimumSegment);
    const p = best.quality > 0 ? significance(best.quality, parts, matrix, count, options) : Number.POSITIVE_INFINITY;
    if (p > options.alpha) {
      return splits.sort((a, b) => a.index - b.index);
    }
    splits.push({ ...best, p });
    parts = parts.flatMap((part) => {
      const at = part.indexOf(best.index);
      return at > 0 ? [part.slice(0, at), part.slice(at)] : [part];
    });
  }
}

function matrixOf(count: number, distance: Distance): Float64Array {
  const matrix = new Float64Array(count * count);
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const between = distance(i, j);
      matrix[i * count + j] = between;
      matrix[j * count + i] = between;
    }
  }
  return matrix;
}

/** Ends as soon as p can no longer be at most alpha: how far above it is nobody asks. */
function significance(
  quality: number,
  parts: readonly number[][],
  matrix: Float64Array,
  count: number,
  { alpha, minimumSegment, permutations, random }: Divisive,
): number {
  let asGood = 1;
  for (let done = 0; done < permutations && asGood / (1 + permutations) <= alpha; done += 1) {
    const mixed = parts.map((part) => shuffled(part, random));
    const found = bestSplit(mixed, matrix, count, minimumSegment).quality;
    // Sums in another order differ in the last bits.
    if (found >= quality * (1 - 1e-10)) asGood += 1;
  }
  return asGood / (1 + permutations);
}

function bestSplit(parts: readonly number[][], matrix: Float64Array, count: number, minimum: number): Candidate {
  let best = NONE;
  for (const part of parts) {
    const found = bestOfPart(part, matrix, count, minimum);
    if (found.quality > best.quality) best = found;
  }
  return best;
}

/**
 * The largest nm/(n+m) · Ê between the n points before τ and the m points from τ up to some κ, over all τ and κ: the end κ keeps
 * a second change from hiding the first. Ê = 2/(nm) Σ between − Σ within X / C(n,2) − Σ within Y / C(m,2).
 */
function bestOfPart(part: readonly number[], matrix: Float64Array, count: number, minimum: number): Candidate {
  const length = part.length;
  // sums[k · length + t]: distances of point k to the first t points, for t ≤ k.
  const sums = new Float64Array(length * length);
  for (let k = 0; k < length; k += 1) {
    const row = (part[k] ?? 0) * count;
    let total = 0;
    for (let t = 0; t < k; t += 1) {
      total += matrix[row + (part[t] ?? 0)] ?? 0;
      sums[k * length + t + 1] = total;
    }
  }
  let best = NONE;
  let withinX = 0;
  for (let tau = 1; tau <= length - minimum; tau += 1) {
    withinX += sums[(tau - 1) * length + tau - 1] ?? 0;
    if (tau < minimum) continue;
    let between = 0;
    let withinY = 0;
    for (let k = tau; k < length; k += 1) {
      const toX = sums[k * length + tau] ?? 0;
      between += toX;
      withinY += (sums[k * length + k] ?? 0) - toX;
      const m = k + 1 - tau;
      if (m < minimum) continue;
      const energy = (2 * between) / (tau * m) - (2 * withinX) / (tau * (tau - 1)) - (2 * withinY) / (m * (m - 1));
      const quality = ((tau * m) / (tau + m)) * energy;
      if (quality > best.quality) best = { index: part[tau] ?? 0, quality };
    }
  }
  return best;
}
