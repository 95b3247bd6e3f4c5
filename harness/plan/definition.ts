/**
 * What a user writes: targets as data. Every text in here (durations, budgets) is parsed once, by read-plan.ts, which
 * reports all problems together.
 */

/** A limit and where it was promised. `limit` follows the grammar of budget.ts: "p95 of latency < 100 ms, max 200 ms". */
export interface BudgetLine {
  readonly limit: string;
  /** The id of the requirement, e.g. "SOC-01". */
  readonly source: string;
  /** The hardware that the specification declares for this figure; measured on less, it is shown as "not comparable". */
  readonly boundTo?: HardwareProfile;
}

export interface HardwareProfile {
  readonly name: string;
  /** Of the whole machine. */
  readonly cpus: number;
  /** GiB, of the whole machine. */
  readonly memoryGiB: number;
  /** What each part gets of it; parts that are left out are laid out by plan/profile.ts. */
  readonly parts?: Readonly<Partial<Record<ProfiledPart, PartShare>>>;
  /** Settings of the servers that belong to the hardware: shared_buffers, max_connections, maxmemory, … */
  readonly postgres?: Readonly<Record<string, string>>;
  readonly redis?: Readonly<Record<string, string>>;
}

export type ProfiledPart = "service" | "postgres" | "redis" | "generator";

export interface PartShare {
  /** CPU time per second, in cores: 0.5 is half a core. */
  readonly cpus: number;
  /** Cores that it may run on, as Linux writes it: "0", "0-3", "0,2". Chosen when left out. */
  readonly cpuset?: string;
  readonly memoryMiB: number;
}

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";

export interface EndpointDefinition {
  readonly method: HttpMethod;
  /** Path template with `:name` for parameters, exactly as the service labels it: "/api/projects/:projectId". */
  readonly path: string;
  /** A key of `classes`. */
  readonly class: string;
  /** Budgets of this endpoint alone, beside those of its class. */
  readonly budgets?: readonly BudgetLine[];
}

export interface EndpointClass {
  readonly title: string;
  /** Budgets that hold for every endpoint of the class, each judged by itself. */
  readonly budgets: readonly BudgetLine[];
}

/** How load arrives. Open: arrivals do not wait for answers. Closed: a fixed number of users, each waiting for its answer. */
export type LoadShape =
  | { readonly model: "open" /** iterations per second */; readonly rate: number; readonly duration: string }
  | {
      readonly model: "open-ramp";
      readonly startRate: number;
      readonly stages: readonly { readonly rate: number; readonly duration: string }[];
    }
  | { readonly model: "closed"; readonly users: number; readonly duration: string }
  | { readonly model: "closed-ramp"; readonly stages: readonly { readonly users: number; readonly duration: string }[] }
  | {
      readonly model: "iterations";
      readonly users: number;
      readonly iterationsPerUser: number;
      readonly atMost: string;
    }
  /**
   * One user, and nothing else: what each request costs the database, the cache and the processor is counted, in two
   * rounds of so many requests of every endpoint. All streams of a scenario have it, or none.
   */
  | { readonly model: "one-at-a-time"; readonly requests: number; readonly atMost: string };

/** One k6 scenario: an exported function of the script, driven by one shape of load. */
export interface StreamDefinition {
  /** The exported function of the script. */
  readonly exec: string;
  readonly load: LoadShape;
  /** Endpoints that this function calls, each with the mean number of calls per iteration. */
  readonly calls: Readonly<Record<string, number>>;
}

export interface ScenarioDefinition {
  readonly title: string;
  /** Path of the script, relative to the configuration file. */
  readonly script: string;
  /** The same streams are driven for this long first, in the same process, and kept apart by the tag `phase: warmup`. */
  readonly warmup: string;
  readonly streams: Readonly<Record<string, StreamDefinition>>;
  /** Budgets on the scenario as a whole: error_rate, request_rate, service_rss, db_query_duration, … */
  readonly budgets: readonly BudgetLine[];
  /** Settings of the service for this scenario only, as environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Values that the script reads (`params` of scenarios/lib/plan.ts): numbers of seeded users, think times, … */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
}

/** A micro-benchmark: a file whose benches are measured in one fresh process. */
export interface MicroDefinition {
  readonly title: string;
  /** Path of the file, relative to the configuration file; see harness/micro/bench.ts for what it exports. */
  readonly script: string;
  /** "p99 of time in hit < 1 ms", "ratio of bytes in issue to straightforward <= 0.9", "exponent of time <= 1.1", … */
  readonly budgets: readonly BudgetLine[];
  /** Sizes for the file's `sweep`, each measured in a fresh process as the bench `<name>/<size>`. Three sizes at least. */
  readonly sweep?: { readonly name: string; readonly sizes: readonly number[] };
  /** Flags of Node beside the pinned ones, such as --max-old-space-size=6144. */
  readonly nodeFlags?: readonly string[];
}

/** A promise of the specification. `notMeasured` says why nothing here produces a number yet. */
export interface RequirementRow {
  readonly id: string;
  readonly promise: string;
  /** How it is measured: the scenario names whose budgets carry this id, or what else shows it. */
  readonly measuredBy: string;
  readonly notMeasured?: string;
}

/** The image of the service for the containers environment: one that is there, or a Dockerfile. */
export type ServiceContainer =
  | { readonly image: string }
  | {
      /** Relative to the configuration file. */
      readonly dockerfile: string;
      /** Folder that is sent to the engine, relative to the configuration file; "." when left out. */
      readonly context?: string;
      readonly buildArguments?: Readonly<Record<string, string>>;
    };

/** A command of this machine, run in `directory` with PROOFLOAD_BASE_URL; or a path that is asked with POST. */
export type ResetHook = { readonly command: readonly string[] } | { readonly post: string };

/** How the system under test is started. */
export interface ServiceDefinition {
  readonly name: string;
  /** Working directory of the command, relative to the configuration file. */
  readonly directory: string;
  /** `node` stands for the Node that runs proofload. `${PORT}`-style references are not expanded: everything goes through the environment. */
  readonly command: readonly string[];
  /** Brings an empty database to the seeded state (migrations, then data from the seed), then exits 0. */
  readonly seedCommand?: readonly string[];
  /** Makes what `command` runs (a compiler, a bundler), in `directory`. `ab` runs it for every ref; other runs take what is there. */
  readonly build?: readonly string[];
  /** Which dependencies it needs; each gives environment variables named here to the service and the seed command. */
  readonly needs: {
    readonly postgres?: { readonly urlVariable: string; readonly settings?: Readonly<Record<string, string>> };
    readonly redis?: { readonly urlVariable: string; readonly settings?: Readonly<Record<string, string>> };
  };
  /** The variable that tells the service its port. */
  readonly portVariable: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Answers 2xx as soon as the service can take load. */
  readonly readyPath: string;
  readonly readyWithin: string;
  /** Prometheus text with the service's own counters, where it has one. */
  readonly metricsPath?: string;
  /** How a service that runs already comes back to its seeded state before each scenario (`--url`). */
  readonly resetHook?: ResetHook;
  /** Needed for `--env containers`. The image runs `command` (and `seedCommand`) with `node` as they stand. */
  readonly container?: ServiceContainer;
}

export interface TargetDefinition {
  readonly name: string;
  readonly title: string;
  /** The document that the promises come from. */
  readonly specification: string;
  readonly service: ServiceDefinition;
  /** Declared hardware; what was met is said in every report. */
  readonly profile: HardwareProfile;
  /** Seed and sizes of the data set; the scripts read it too. */
  readonly data: Readonly<Record<string, number | string>> & { readonly seed: number };
  readonly classes: Readonly<Record<string, EndpointClass>>;
  readonly endpoints: Readonly<Record<string, EndpointDefinition>>;
  readonly scenarios: Readonly<Record<string, ScenarioDefinition>>;
  /** Subject → micro-benchmark. */
  readonly micro?: Readonly<Record<string, MicroDefinition>>;
  readonly requirements: readonly RequirementRow[];
}

export interface Configuration {
  readonly targets: readonly TargetDefinition[];
  /** Suite name → scenario names, in order. */
  readonly suites: Readonly<Record<string, readonly string[]>>;
  /**
   * Name → commands, as they are typed after `proofload`, in order: `proofload run <name>` runs them all, whatever each
   * of them says, and leaves one page. `{last-tag}` stands for the last git tag before this commit.
   */
  readonly sequences?: Readonly<Record<string, readonly string[]>>;
  /** Further hardware profiles by name, for `--profile`. */
  readonly profiles?: Readonly<Record<string, HardwareProfile>>;
  /** Where load may go beside this machine, and how much of it. */
  readonly allow?: AllowedLoad;
}

/** Without it, load goes to loopback addresses only. */
export interface AllowedLoad {
  /** Host names, addresses or CIDR ranges, such as "staging.example.com" or "10.1.0.0/16". */
  readonly hosts: readonly string[];
  /** 100 when left out; the caps hold where load leaves this machine. */
  readonly maxVus?: number;
  /** Requests per second, 100 when left out. */
  readonly maxRate?: number;
  /** Of one scenario with its warm-up, "10m" when left out. */
  readonly maxDuration?: string;
}
