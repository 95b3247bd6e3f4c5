import type { Layout } from "../plan/profile.ts";
import type { Counters } from "./counters.ts";

/**
 * What the harness needs from wherever the system under test runs. Drivers: embedded, containers, url.
 * All of them pass test/contract/environment.test.ts.
 */
export type PartName = "service" | "postgres" | "redis";

export interface Part {
  readonly name: PartName;
  /** Process id on this machine; absent where the part runs elsewhere. Changes when the part is restarted by `reset`. */
  readonly pid?: number;
  readonly port?: number;
  /** Absolute path of its log, where we have one. */
  readonly logFile?: string;
  /** "PostgreSQL 18.4", "Valkey 9.1.2", "node v24.21.0" */
  readonly version?: string;
  readonly containerId?: string;
  /** `digest`: of the image's content, "sha256:…". */
  readonly image?: { readonly name: string; readonly digest: string };
}

export interface PartFailure {
  readonly part: PartName;
  /** "exited with code 1", "killed by SIGKILL" */
  readonly how: string;
  readonly logFile?: string;
  readonly lastLines: readonly string[];
  /** True when it went past its memory limit and the kernel ended it. */
  readonly outOfMemory?: boolean;
}

/** What a part used since its start, as its container engine counts it; sizes in bytes. */
export interface PartUsage {
  readonly cpuSeconds: number;
  /** Scheduling periods of its quota, those in which it was used up, and how long it had to wait in all. */
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttledSeconds: number;
  /** Without page cache that can be given back. */
  readonly memoryBytes: number;
  /** Largest so far; absent where the kernel does not tell (cgroup v2 before Linux 5.19). */
  readonly memoryPeakBytes?: number;
  readonly memoryLimitBytes?: number;
  /** Absent where the engine counts none: some have no block I/O under cgroup v1. */
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  /** Absent on the host's network, which has no counters of its own. */
  readonly receivedBytes?: number;
  readonly sentBytes?: number;
}

/** What the calibration found before load: are the declared limits of this part real? Judged in verdict/. */
export interface LimitProof {
  readonly part: PartName;
  readonly cpu?: {
    /** Cores that were declared, and cores that were used while it burnt as much as it could. */
    readonly quota: number;
    readonly used: number;
    readonly periods: number;
    readonly throttledPeriods: number;
    /** That the kernel lets it run on: "0-1"; absent where that is not known. */
    readonly cores?: string;
  };
  /** The limit of its group as the kernel has it; `refused`: memory past such a limit was not to be had. */
  readonly memory?: { readonly limitBytes: number; readonly refused: boolean };
  /** Why a limit could not be tried. */
  readonly notTried?: string;
}

export interface EnvironmentFacts {
  readonly kind: "embedded" | "containers" | "url";
  readonly baseUrl: string;
  readonly parts: readonly Part[];
  /** Sentences about what is not enforced here: "memory limit of the profile: not enforced". */
  readonly limits: readonly string[];
  /** Of the containers; absent where there are none. */
  readonly engine?: EngineFacts;
  /** The declared hardware as it was laid out here; absent where nothing of it was. */
  readonly layout?: Layout;
  readonly proofs?: readonly LimitProof[];
}

export interface EngineFacts {
  /** "Docker", "Podman" */
  readonly name: string;
  readonly version: string;
  /** "1" or "2" */
  readonly cgroupVersion: string;
  readonly rootless: boolean;
}

export interface ResetOptions {
  /** Environment variables of the service for the coming scenario. */
  readonly settings: Readonly<Record<string, string>>;
  /** Folder for this scenario's logs. */
  readonly logDirectory: string;
}

export interface Environment extends AsyncDisposable {
  readonly kind: EnvironmentFacts["kind"];
  readonly baseUrl: string;
  readonly parts: readonly Part[];
  /** Brings data, caches and the service back to the seeded state and waits until the service is ready. */
  reset(options: ResetOptions): Promise<void>;
  /** The service's own metrics in Prometheus text, or undefined where it has none. */
  scrape(): Promise<string | undefined>;
  /** Where an engine counts for its containers; parts that are not running are absent. */
  usage?(): Promise<Readonly<Partial<Record<PartName, PartUsage>>>>;
  /** What Postgres and Redis count; absent where they are not ours to ask. */
  openCounters?(): Promise<Counters>;
  /** Tries the limits of the layout, without load; from then on `facts()` has what was found. */
  proveLimits?(): Promise<readonly LimitProof[]>;
  facts(): EnvironmentFacts;
  /** Called once when a part dies that should be alive (never for a stop that we asked for). Returns the unsubscriber. */
  onFailure(listener: (failure: PartFailure) => void): () => void;
}
