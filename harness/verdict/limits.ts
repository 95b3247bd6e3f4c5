/**
 * What still counts as a sound instrument. The figures behind the defaults are in docs/statistics.md; `aa` calibrates
 * them for a machine.
 */
export const LIMITS = {
  /** Slowest answers of a fixed responder, as k6 saw them: what the instrument adds to every latency. */
  canaryP99Ms: 25,
  /** Iterations that started later than scheduled, before the service made k6 drop any. */
  startLagP99Ms: 25,
  /** Share of k6's cgroup periods that were throttled. */
  throttledShare: 0.01,
  /** Share of the CPU that k6 may use (quota and cpuset) which it did use. */
  cpuShare: 0.9,
  /** Share of the CPU that k6 may use which processes took that are no part of the run … */
  foreignShare: 0.3,
  /** … while k6's threads had to wait for a core for this share of the time. A saturated service makes k6 wait too. */
  waitShare: 0.1,
  /** Share of the time in which strangers took more than half of the machine: they may be in a p95 then … */
  strangersShare: 0.05,
  /** … and from here on in a p99, of which a reader is warned. */
  strangersNamed: 0.01,
  /** Calibration scores of two runs that are further apart, as a share of the lower, label a comparison. */
  calibration: 0.15,
  /** Of a part's scheduling periods: from here on it is named that its CPU quota was used up. */
  throttledNamed: 0.1,
  /** How far what was used while a part burnt CPU may lie from its quota. */
  quotaTolerance: 0.05,
  /** Micro-benchmarks: a whole operation that takes less is one that the compiler left out (an instruction at 2 GHz). */
  operationNs: 0.5,
  /** Share of a call that the clock may take before it has to be said. */
  clockShare: 0.05,
} as const;
