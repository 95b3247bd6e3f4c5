/**
 * The record of an A/B comparison: what was measured of both sides, start by start, and nothing that was concluded. The
 * unit of evidence is one start: both sides freshly started, warmed up, then measured at the same time under the same
 * seeded requests. Saved as ab.json after every start; from it on no load is needed.
 */
import type { Fingerprint } from "../environment/fingerprint/fingerprint.ts";
import type { MetricName, Statistic } from "../plan/metrics.ts";
import type { MicroProcess } from "./micro-record.ts";
import type { InstrumentRecord } from "./record.ts";

export type SideName = "base" | "head";

/** One value for each side. */
export type Pair<Value> = Readonly<Record<SideName, Value>>;

/**
 * paired: both sides run at once and every request goes to both. blocks: one side after the other in random order, the
 * other one paused; for what cannot run side by side.
 */
export type AbDesign = "paired" | "blocks";

export interface AbRecord {
  readonly schema: "proofload/ab/1";
  readonly runId: string;
  readonly createdAt: string;
  readonly proofloadVersion: string;
  readonly design: AbDesign;
  readonly target: string;
  readonly scenario: string;
  readonly sides: Pair<AbSide>;
  readonly sharedHost: boolean;
  readonly fingerprint: Fingerprint;
  /** Absent for micro-benchmarks. */
  readonly load?: AbLoad;
  /** Of every random order in this comparison. */
  readonly seed: number;
  /** The figures that decide, chosen before the first start; the others are advisory. */
  readonly gated: readonly FigureKey[];
  readonly starts: readonly AbStart[];
  /** Answers that differ between the sides: said before any latency. */
  readonly differences: readonly AnswerDifference[];
}

/** What each side is asked, as it was found before the first start that this machine can give to both. */
export interface AbLoad {
  /** Of the scenario's own rate; 1 unless both sides at once need more CPU than there is. */
  readonly scale: number;
  /** Iterations per second and side; undefined where answers decide how many there are (closed load). */
  readonly rate?: number;
  /** Share of all cores that was busy while the sides were driven at this load, 0…1. */
  readonly busyShare: number;
  readonly measureSeconds: number;
}

export interface AbSide {
  /** As the user gave it: a git ref, an image, an address. */
  readonly given: string;
  readonly kind: "ref" | "image" | "url";
  readonly commit?: { readonly sha: string; readonly time?: string; readonly dirty: boolean };
  /** Of an image. */
  readonly digest?: string;
}

/** What is compared: "p50 of latency of the class read", "CPU time per request of the service". */
export interface FigureKey {
  readonly subject: { readonly kind: "class" | "endpoint" | "service" | "bench"; readonly name: string };
  readonly metric: MetricName;
  readonly statistic: Statistic;
}

export interface AbStart {
  /** From 0. */
  readonly index: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** The side that was started (blocks: driven) first in this start; drawn at random. */
  readonly first: SideName;
  /** Absent for micro-benchmarks, each process of which warms up by itself. */
  readonly warmup?: {
    readonly requests: Pair<number>;
    readonly seconds: number;
    /** False when windows of p50 were still moving when the longest warm-up was over. */
    readonly steady: boolean;
  };
  readonly measuredSeconds: number;
  /** Of the measured load; blocks: the worse of the two. */
  readonly instrument?: InstrumentRecord;
  /** Of micro-benchmarks, which have no load. */
  readonly processes?: Pair<readonly MicroProcess[]>;
  /** Failed requests and dropped iterations of each side in the measured phase; calls of micro-benchmarks. */
  readonly requests: Pair<{ readonly sent: number; readonly failed: number; readonly dropped: number }>;
  readonly figures: readonly AbFigure[];
}

export interface AbFigure extends FigureKey, Pair<number> {
  /** Requests behind each side's figure. */
  readonly count: Pair<number>;
}

export interface AnswerDifference {
  readonly endpoint: string;
  /** "status", "check", "shape", "header" */
  readonly what: string;
  /** A sentence with both: "base answered 200, head 404". */
  readonly sentence: string;
  /** Pairs in which it was seen, of how many that were looked at. */
  readonly seen: number;
  readonly of: number;
}
