import { quantile } from "./quantiles.ts";
import type { Random } from "./random.ts";

export interface BlockBootstrap {
  /** Values in a row that are drawn together, at least 1: several times as long as neighbours still resemble one another. */
  readonly block: number;
  readonly resamples: number;
  readonly confidence: number;
  readonly random: Random;
}

/**
 * Percentile interval of any statistic of a series whose neighbours depend on one another (latencies within a run): whole
 * blocks are drawn, so that what holds neighbours together stays. Künsch, Annals of Statistics 17 (1989). For the display
 * of one run; a verdict between versions comes from the spread between runs. Undefined for fewer values than a block.
 */
export function movingBlockBootstrap(
  values: readonly number[],
  statistic: (sample: readonly number[]) => number,
  { block, resamples, confidence, random }: BlockBootstrap,
): { readonly lower: number; readonly upper: number } | undefined {
  const n = values.length;
  if (n < block) {
    return undefined;
  }
  const drawn = Array.from({ length: resamples }, () => {
    const blocks = Array.from({ length: Math.ceil(n / block) }, () => {
      const from = Math.floor(random() * (n - block + 1));
      return values.slice(from, from + block);
    });
    return statistic(blocks.flat().slice(0, n));
  });
  return { lower: quantile(drawn, (1 - confidence) / 2), upper: quantile(drawn, (1 + confidence) / 2) };
}
