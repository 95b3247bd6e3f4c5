/** What a micro-benchmark measured, and nothing that was concluded. Times in nanoseconds unless the name says otherwise. */ import type { WorkloadHash } from "../load/workload-hash.ts";

export interface MicroRecord {
  readonly name: string;
  readonly title: string;
  readonly target: string;
  readonly workload: WorkloadHash;
  /** All flags of the measured Node. */
  readonly nodeFlags: readonly string[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The first measures the benches side by side, the others one size of the sweep each. */
  readonly processes: readonly MicroProcess[];
  readonly benches: readonly BenchRecord[];
  /** Files of profiles, relative to the run directory; taken in processes of their own, which are not measured. */
  readonly profiles: readonly string[];
}

export interface MicroProcess {
  /** Present where it measured one size of the sweep. */
  readonly size?: number;
  readonly exit:
    | { readonly kind: "completed" }
    | { readonly kind: "failed"; readonly how: string; readonly lastLines: readonly string[] };
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Seconds that its thread which waited longest was ready to run and had no core, where the kernel tells. */
  readonly waitSeconds?: number;
  /** Share of the CPU that it may use which was taken by processes that are no part of the run, 0…1. */
  readonly foreignShare?: number;
  /** Resident memory before the benchmark was set up, and the largest ever. */
  readonly idleRssBytes: number;
  readonly peakRssBytes: number;
  /** What two readings of the clock are apart: the floor of every call that is timed by itself. */
  readonly clockNs: number;
}

export interface BenchRecord {
  readonly name: string;
  /** Present where it is one size of the sweep. */
  readonly size?: number;
  /** What one operation works on (facts, texts): throughput counts these. */
  readonly items: number;
  /** 1: every call was timed by itself. More: a sample is the mean of so many calls, and says nothing about single ones. */
  readonly callsPerSample: number;
  readonly samples: number;
  readonly calls: number;
  readonly time: BenchTime;
  /** Mean of each round; benches of one process are measured in turns, so that equal indexes were near in time. */
  readonly rounds: readonly number[];
  /** Bytes per operation: median of separate counts, and the interval that holds the true median with 95 %. */
  readonly bytes?: { readonly median: number; readonly lower: number; readonly upper: number; readonly counts: number };
  /** Collections while it was timed. */
  readonly gc: { readonly count: number; readonly ns: number };
  /** Raw samples, relative to the run directory. */
  readonly samplesFile: string;
}

export interface BenchTime {
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}
