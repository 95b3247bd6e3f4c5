import type { Pair } from "../collect/ab-record.ts";

export type AbProgress =
  | { readonly kind: "step"; readonly text: string }
  /** Stays to be read. */
  | { readonly kind: "note"; readonly text: string }
  | AbStartProgress;

/** Where a comparison stands. */
export interface AbStartProgress {
  readonly kind: "start";
  /** From 1. */
  readonly number: number;
  /** Starts that are evidence, at most. */
  readonly atMost: number;
  readonly phase: "restarting" | "warming up" | "measuring";
  /** Of the phase, where that is known. */
  readonly requests?: Pair<number>;
  /** What was found so far, one sentence: "p50 of read +0.4 % (−1.1 … +1.9)". */
  readonly sofar?: string;
}
