import type { AbFigureVerdict } from "./ab-verdict.ts";

/**
 * Of the starts without weight, those in which head was the worse side, less those in which base was. Above 0, leaving
 * them out would speak for head: it may be slow in one start of four, and such a head is neither equal nor better.
 */
export function sparedStarts({
  estimate,
  logRatios,
  better,
}: Pick<AbFigureVerdict, "estimate" | "logRatios" | "better">): number {
  if (estimate === undefined) return 0;
  const worse = better === "lower" ? 1 : -1;
  const centre = Math.log(estimate.ratio);
  return logRatios
    .filter(({ start }) => estimate.outliers.includes(start))
    .reduce((sum, { value }) => sum + worse * Math.sign(value - centre), 0);
}
