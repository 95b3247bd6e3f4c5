import type { AllowedLoad, HardwareProfile, HttpMethod, ServiceDefinition } from "./definition.ts";
import type { MetricName, Statistic, Unit } from "./metrics.ts";

/** A parsed limit. `target` is what is promised, `max` what fails the run; where only one was given both are equal. */
export interface Budget {
  readonly metric: MetricName;
  readonly statistic: Statistic;
  /** "<" for metrics where lower is better, ">" where higher is. */
  readonly direction: "<" | ">";
  /** True for "<=" and ">=": the limit itself still holds. */
  readonly inclusive?: boolean;
  /** In `unit`. */
  readonly target: number;
  readonly max: number;
  readonly unit: Unit;
  /** Requirement id. */
  readonly source: string;
  /** The text as the user wrote it; for a threshold of a k6 script `selector: expression`. */
  readonly text: string;
  /** The bench of a micro-benchmark that it is about; `against` is the one that a ratio divides by. */
  readonly bench?: string;
  readonly against?: string;
  /** Samples that a k6 threshold on a percentile needs; other budgets follow their statistic. */
  readonly minimumSamples?: number;
  readonly boundTo?: HardwareProfile;
}

export interface EndpointPlan {
  readonly name: string;
  readonly method: HttpMethod;
  readonly path: string;
  readonly class: string;
  readonly classTitle: string;
  readonly budgets: readonly Budget[];
}

/** Load over time, all texts parsed; durations in seconds. */
export type PhaseLoad =
  | { readonly model: "open"; readonly rate: number; readonly seconds: number; readonly vus: number }
  | {
      readonly model: "open-ramp";
      readonly startRate: number;
      readonly stages: readonly { readonly rate: number; readonly seconds: number }[];
      readonly vus: number;
    }
  | { readonly model: "closed"; readonly users: number; readonly seconds: number }
  | { readonly model: "closed-ramp"; readonly stages: readonly { readonly users: number; readonly seconds: number }[] }
  | {
      readonly model: "iterations";
      readonly users: number;
      readonly iterationsPerUser: number;
      readonly atMostSeconds: number;
    }
  | { readonly model: "one-at-a-time"; readonly requests: number; readonly atMostSeconds: number };

export interface StreamPlan {
  readonly name: string;
  readonly exec: string;
  /** Absent when the scenario has no warm-up. */
  readonly warmup?: PhaseLoad;
  readonly measured: PhaseLoad;
  /** Endpoint name → mean calls per iteration. */
  readonly calls: Readonly<Record<string, number>>;
  /** VUs that the rate needs while answers take as long as their budgets allow; absent for closed models. */
  readonly vusNeeded?: number;
}

/** The most that a scenario asks for. */
export interface PeakLoad {
  readonly vus: number;
  /** Requests or iterations per second; absent where answers decide how many there are. */
  readonly rate?: number;
  /** Without graceful stops. */
  readonly seconds: number;
  /** The script's own limit on requests per second. */
  readonly rps?: number;
}

export interface ScenarioPlan {
  readonly name: string;
  readonly title: string;
  readonly target: string;
  /** Hardware that the target declares. */
  readonly profile: HardwareProfile;
  /** "proofload" for our own scripts with named endpoints; "k6" for an unchanged k6 script, whose options are its own. */
  readonly kind: "proofload" | "k6";
  /** Absolute path. */
  readonly script: string;
  readonly warmupSeconds: number;
  /** How long the measured phase lasts at most, without graceful stop. */
  readonly measuredSeconds: number;
  /** Of an unchanged k6 script, as k6 resolved its options; those of other scenarios are their streams. */
  readonly peak?: PeakLoad;
  readonly streams: readonly StreamPlan[];
  readonly endpoints: readonly EndpointPlan[];
  readonly budgets: readonly Budget[];
  readonly settings: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly data: Readonly<Record<string, number | string>> & { readonly seed: number };
}

/** How long and how often a bench is measured. */
export interface MicroTiming {
  /** Before the first round, so that what is measured is compiled code. */
  readonly warmupMs: number;
  /** Benches are measured in turns, this many times each. */
  readonly rounds: number;
  /** Measured time of one bench in one round. */
  readonly roundMs: number;
  /** Separate counts of the bytes that an operation allocates. */
  readonly heapRepeats: number;
}

/** One micro-benchmark file: each runs in a process of its own, and so does every size of its sweep. */
export interface MicroPlan {
  readonly name: string;
  readonly title: string;
  readonly target: string;
  readonly profile: HardwareProfile;
  /** Absolute path. */
  readonly script: string;
  readonly budgets: readonly Budget[];
  readonly sweep?: { readonly name: string; readonly sizes: readonly number[] };
  /** All flags of the measured Node. */
  readonly nodeFlags: readonly string[];
  readonly timing: MicroTiming;
}

export interface RequirementPlan {
  readonly id: string;
  readonly target: string;
  readonly promise: string;
  readonly measuredBy: string;
  readonly notMeasured?: string;
}

/** The hardware that a run is to have. */
export interface HardwarePlan {
  readonly profile: HardwareProfile;
  /** `--scale-profile`: on a machine that is too small, as much smaller as it needs to be. */
  readonly scale: boolean;
  /** Named on the command line: then the embedded environment, too, enforces what it can. */
  readonly asked: boolean;
}

export interface Plan {
  readonly schema: "proofload/plan/1";
  readonly runId: string;
  /** ISO 8601, given by the caller: the plan has no clock. */
  readonly createdAt: string;
  readonly suite: string;
  /** "process": nothing but micro-benchmarks, which need no service. */
  readonly environment:
    | { readonly kind: "embedded" }
    | { readonly kind: "containers" }
    | { readonly kind: "url"; readonly url: string }
    | { readonly kind: "process" };
  /** Where load may go beside this machine, as the configuration says. */
  readonly allow?: AllowedLoad;
  /** Absent where nothing is started: an address, micro-benchmarks. */
  readonly hardware?: HardwarePlan;
  /** One system under test per run: every scenario of a suite drives the same service. Absent: an address, nothing else. */
  readonly service?: ServiceDefinition;
  readonly scenarios: readonly ScenarioPlan[];
  readonly micro?: readonly MicroPlan[];
  /** Every promise of the targets in this run; those that nothing measures say why. */
  readonly requirements: readonly RequirementPlan[];
}
