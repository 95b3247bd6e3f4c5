import type { AbRules } from "./ab-verdict.ts";

/** docs/adr/0021-how-an-ab-comparison-decides.md has the simulations behind these figures. */
export const DEFAULT_AB_RULES: AbRules = {
  margin: 0.03,
  alpha: 0.015,
  equivalenceAlpha: 0.05,
  minimumStarts: 6,
  mostStarts: 12,
  over: false,
};

/** Share of all cores: above it the sides wait for each other, and what one does is seen in the other's latency. */
export const MOST_BUSY = 0.7;
