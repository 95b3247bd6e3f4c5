/**
 * What the harness needs from wherever the system under test runs. Drivers: embedded, url (containers come later).
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
}

export interface PartFailure {
  readonly part: PartName;
  /** "exited with code 1", "killed by SIGKILL" */
  readonly how: string;
  readonly logFile?: string;
  readonly lastLines: readonly string[];
}

export interface EnvironmentFacts {
  readonly kind: "embedded" | "url";
  readonly baseUrl: string;
  readonly parts: readonly Part[];
  readonly machine: MachineFacts;
  /** Sentences about what is not enforced here: "memory limit of the profile: not enforced". */
  readonly limits: readonly string[];
}

export interface MachineFacts {
  readonly cpuModel: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly platform: string;
  readonly node: string;
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
  facts(): EnvironmentFacts;
  /** Called once when a part dies that should be alive (never for a stop that we asked for). Returns the unsubscriber. */
  onFailure(listener: (failure: PartFailure) => void): () => void;
}
