/**
 * On what a run was measured, once for the whole run; what each environment started is in its own facts. Whether two of
 * them are alike is judged in verdict/comparable.ts. "unknown" is a value: it is like nothing but itself.
 */
export interface Fingerprint {
  readonly machine: MachineFacts;
  /** Absent where no load was driven. */
  readonly k6?: K6Build;
  readonly calibration: Calibration;
}

/** The machine of the harness and the load generator; it is the service's as well, but for the url environment. */
export interface MachineFacts {
  readonly cpuModel: string;
  /** Cores that this process may use. */
  readonly cpus: number;
  /** Which ones: "0-3", or "unknown". */
  readonly cores: string;
  /** Whether two threads share a core: "on", "off" or "unknown". */
  readonly smt: string;
  /** How the kernel chooses the clock rate: "performance", "schedutil", …; "unknown" where it does not say. */
  readonly governor: string;
  /** Memory that this process may use. */
  readonly memoryBytes: number;
  readonly kernel: string;
  /** Version of the control groups that limit CPU: "v1", "v2", "none" or "unknown". */
  readonly cgroup: string;
  readonly platform: string;
  readonly node: string;
}

export interface K6Build {
  readonly version: string;
  /** Of the binary. */
  readonly sha256: string;
}

/** How fast fixed work is done here, just before the run. Shown, and never part of what has to be equal. */
export interface Calibration {
  /** One core on integers and floating point, in millions of fixed steps per second. */
  readonly cpu: number;
  /** Memory copied by one core, in GB/s. */
  readonly memory: number;
  /** Round trips of one byte over a TCP connection of the loopback interface, per second. */
  readonly loopback: number;
}
