/**
 * The record of a capacity search: every rate that was driven, what came of it, and what was used. Saved as
 * capacity.json when the search has ended; each step's own files lie beside it in steps/.
 */
import type { EnvironmentFacts } from "../environment/environment.ts";
import type { Fingerprint } from "../environment/fingerprint/fingerprint.ts";
import type { RunRecord } from "./record.ts";

export interface CapacityRecord {
  readonly schema: "proofload/capacity/1";
  readonly runId: string;
  readonly createdAt: string;
  readonly proofloadVersion: string;
  readonly commit?: RunRecord["commit"];
  readonly sharedHost: boolean;
  readonly fingerprint: Fingerprint;
  readonly target: string;
  readonly scenario: string;
  readonly environment: EnvironmentFacts;
  readonly search: CapacitySearch;
  /** In the order in which they were driven. */
  readonly steps: readonly CapacityStep[];
}

/** Rates in requests per second, over all streams of the scenario together. */
export interface CapacitySearch {
  /** First guess. */
  readonly from: number;
  /** Not driven beyond; absent where only service and generator set an end. */
  readonly to?: number;
  /** Measured time of a step; a confirmation takes three times as long. */
  readonly stepSeconds: number;
  /** How far apart the ends of the answer may lie: 0.05 is 5 %. */
  readonly resolution: number;
}

export interface CapacityStep {
  readonly index: number;
  /** confirm: three times as long. */
  readonly purpose: "search" | "confirm";
  /** Requests per second that the schedule asks for. */
  readonly rate: number;
  /** Measured time as it really was; shorter where the step was stopped because it had plainly failed. */
  readonly seconds: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** invalid: the instrument or the machine, not the service. */
  readonly outcome: "held" | "failed" | "invalid";
  /** Why it failed or was invalid, most important first. */
  readonly reasons: readonly { readonly code: string; readonly sentence: string }[];
  /** Requests per second that were answered. */
  readonly answered: number;
  /** Of successful requests of all endpoints, ms. */
  readonly latency?: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly errorRate: number;
  readonly dropped: number;
  /** Requests in flight, by Little's law: their mean number, and the rise over the step with its 95 % interval. */
  readonly inFlight?: { readonly mean: number; readonly rise: number; readonly lower: number; readonly upper: number };
  /** Budgets that had too few samples to be judged, as sentences. */
  readonly unjudged: readonly string[];
  readonly resources: readonly CapacityResource[];
  readonly generator: {
    /** Cores that k6 used in the measured phase. */
    readonly cpu: number;
    /** Requests per second from which on k6 would take more of the machine than it may; absent where unknown. */
    readonly ceiling?: number;
  };
}

/** As verdict/limiting.ts found it. */
export interface CapacityResource {
  readonly resource: string;
  /** Used ÷ available. */
  readonly share: number;
  readonly exhausted: boolean;
  readonly evidence: string;
}
