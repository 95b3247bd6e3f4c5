/** What was concluded from an A/B comparison. Saved as verdict.json; decided again from ab.json at any time. */
import type { FigureKey } from "../../collect/ab-record.ts";
import type { Unit } from "../../plan/metrics.ts";
import type { Reason } from "../verdict.ts";

/**
 * REGRESSED: a gated figure of head is worse, and the interval is not inside ±margin; or head fails where base does not.
 * IMPROVED: one is better, and no other is undecided. EQUIVALENT: all are inside ±margin.
 */
export type AbVerdictKind = "REGRESSED" | "IMPROVED" | "EQUIVALENT" | "INCONCLUSIVE" | "INVALID";

export type FigureVerdictKind = Exclude<AbVerdictKind, "INVALID">;

export interface AbRules {
  /** Half width of what counts as no difference, as a share: 0.03 is from ÷ 1.03 to × 1.03. */
  readonly margin: number;
  /** Chance that all looks at all gated figures together call a difference where there is none, both directions. */
  readonly alpha: number;
  /** Chance that all looks together call a figure EQUIVALENT that differs by the margin. */
  readonly equivalenceAlpha: number;
  /** Sound starts before the first look. */
  readonly minimumStarts: number;
  /** Sound starts at most: what the chances above are shared out over. Chosen before the first start. */
  readonly mostStarts: number;
  /** No further start can come: the time was up, or somebody ended it. Whatever is left of the chances is used now. */
  readonly over: boolean;
}

export interface AbVerdict {
  readonly schema: "proofload/ab-verdict/1";
  readonly runId: string;
  readonly kind: AbVerdictKind;
  readonly exitCode: 0 | 1 | 2 | 3;
  /** The verdict in one sentence. */
  readonly sentence: string;
  /** What the drive does now. */
  readonly next: "stop" | "another start";
  readonly rules: AbRules;
  readonly starts: {
    readonly sound: number;
    /** Starts that are no evidence, because the instrument was not sound. */
    readonly unsound: readonly UnsoundStart[];
  };
  /** Why, most important first, and what a reader should know. */
  readonly reasons: readonly Reason[];
  /** Gated ones first, then advisory ones, each in the order of the record. */
  readonly figures: readonly AbFigureVerdict[];
  /** Sound starts that INCONCLUSIVE still needs at this noise; "never": more than anybody would wait for. */
  readonly furtherStarts?: number | "never";
}

export interface UnsoundStart {
  readonly index: number;
  /** Names of the checks that failed. */
  readonly checks: readonly string[];
}

export interface AbFigureVerdict extends FigureKey {
  readonly unit: Unit;
  readonly better: "lower" | "higher";
  /** Gated figures decide; the others are shown. */
  readonly gated: boolean;
  /** Absent for advisory figures, and where there are too few starts to say anything. */
  readonly kind?: FigureVerdictKind;
  /** One for each sound start that has the figure, in their order: ln(head ÷ base). */
  readonly logRatios: readonly { readonly start: number; readonly value: number }[];
  /** Medians over the starts, in `unit`, for a reader; nothing is decided on them. */
  readonly base?: number;
  readonly head?: number;
  /** All ratios are head ÷ base. Absent below three starts. */
  readonly estimate?: AbEstimate;
}

export interface AbEstimate {
  readonly ratio: number;
  /** Corrected for the family and for all looks; advisory figures: 95 %, corrected for nothing. */
  readonly interval: { readonly lower: number; readonly upper: number; readonly confidence: number };
  /** The interval that has to be inside ±margin for EQUIVALENT (TOST). */
  readonly equivalence: { readonly lower: number; readonly upper: number; readonly confidence: number };
  /** Standard deviation of ln(head ÷ base) from start to start. */
  readonly spread: number;
  /** Smallest true change, as a share, that this many starts would have shown in 4 of 5 comparisons at this noise. */
  readonly detectable: number;
  /** Starts that lie so far from the others that something else happened in them; they are given no weight. */
  readonly outliers: readonly number[];
}
