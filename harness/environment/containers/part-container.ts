import { GenericContainer, type WaitStrategy } from "testcontainers";
import { ProofloadError } from "../../errors.ts";
import type { PartLimits } from "../../plan/profile.ts";
import { reasonOf } from "../readiness.ts";
import { type ContainerRun, followContainer } from "./container-run.ts";
import type { Engine } from "./engine.ts";
import type { Image } from "./images.ts";

export interface PartOptions {
  /** "service", "postgres", "redis", "seed" */
  readonly name: string;
  readonly engine: Engine;
  readonly image: Image;
  readonly labels: Readonly<Record<string, string>>;
  /** The image's own where it is left out. */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly user?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A folder whose content lies on the engine's disk and goes with the container. All else is read-only but /tmp. */
  readonly volume?: string;
  /** What it may use; undefined: whatever there is. */
  readonly limits?: Partial<PartLimits> | undefined;
  /** Absolute; what it writes is appended as it comes. */
  readonly logFile: string;
  readonly signal: AbortSignal;
  /** Resolves when it is ready for what it is there for. */
  readonly ready?: (run: ContainerRun) => Promise<void>;
}

/**
 * Starts a container of the run and waits until it is ready; one that does not become ready is removed.
 * @throws ProofloadError PL_START_FAILED, what `ready` throws, the signal's reason.
 */
export async function startPart(options: PartOptions): Promise<ContainerRun> {
  options.signal.throwIfAborted();
  const container = new PartContainer(options);
  try {
    await container.start();
  } catch (cause) {
    await container.run?.stop(0);
    options.signal.throwIfAborted();
    if (cause instanceof ProofloadError) throw cause;
    const what = `${options.name}: the container of ${options.image.name} could not be started: ${engineReason(cause)}`;
    throw new ProofloadError("PL_START_FAILED", what, { cause });
  }
  if (container.run !== undefined) return container.run;
  throw new ProofloadError("PL_INTERNAL", `the container of ${options.name} was started without being created`);
}

/** Testcontainers has no words for a cpuset, a read-only root and the like: the host configuration is reached itself. */
class PartContainer extends GenericContainer {
  run: ContainerRun | undefined;
  readonly #options: PartOptions;

  constructor(options: PartOptions) {
    super(options.image.name);
    this.#options = options;
    const { limits } = options;
    this.withNetworkMode("host")
      .withLabels({ ...options.labels, "proofload.part": options.name })
      .withCommand([...options.command])
      .withEnvironment(options.environment)
      .withTmpFs({ "/tmp": "rw,nosuid,nodev,mode=1777" })
      .withDroppedCapabilities("ALL")
      .withSecurityOpt("no-new-privileges")
      // Our guardian, sweeper and session label instead: Testcontainers gives all runs of a machine one session.
      .withAutoCleanup(false)
      .withWaitStrategy(new Ready(() => this.#ready()));
    if (options.entrypoint !== undefined) this.withEntrypoint([...options.entrypoint]);
    if (options.user !== undefined) this.withUser(options.user);
    Object.assign(this.hostConfig, {
      ReadonlyRootfs: true,
      RestartPolicy: { Name: "no" },
      // Followed as it is written, below; a second copy in the engine would cost the run's own CPU.
      LogConfig: { Type: "none", Config: {} },
      ...(limits?.cpus === undefined ? {} : { NanoCpus: Math.round(limits.cpus * 1e9) }),
      ...(limits?.cpuset === undefined ? {} : { CpusetCpus: limits.cpuset }),
      // The same for memory with swap: what does not fit is refused, not swapped out.
      ...(limits?.memoryBytes === undefined ? {} : { Memory: limits.memoryBytes, MemorySwap: limits.memoryBytes }),
      // Postgres shares memory between its processes there; it counts towards the limit like any other.
      ShmSize: limits?.memoryBytes ?? 1024 ** 3,
      ...(options.volume === undefined ? {} : { Mounts: [volumeAt(options.volume, options.labels)] }),
    });
  }

  /** Between creation and start: nothing of what it writes is missed. */
  protected override async containerCreated(id: string): Promise<void> {
    const { engine, name, logFile, limits } = this.#options;
    const memory = limits?.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes };
    try {
      this.run = await followContainer(engine.docker, { id, name, logFile, ...memory });
    } catch (error) {
      await engine.docker.getContainer(id).remove({ force: true, v: true });
      throw error;
    }
  }

  async #ready(): Promise<void> {
    const { run } = this;
    if (run === undefined) return;
    await run.started();
    try {
      await this.#options.ready?.(run);
    } catch (error) {
      // Testcontainers removes it now; that is no failure of its own.
      await run.stop(0);
      throw error;
    }
  }
}

/** Anonymous, so that it goes with its container, and labelled, so that it is found where it did not. */
function volumeAt(target: string, labels: Readonly<Record<string, string>>) {
  return { Type: "volume", Source: "", Target: target, VolumeOptions: { NoCopy: false, Labels: labels } };
}

/** Hands the waiting to our own questions, which know when to give up. */
class Ready implements WaitStrategy {
  readonly #ready: () => Promise<void>;

  constructor(ready: () => Promise<void>) {
    this.#ready = ready;
  }

  waitUntilReady(): Promise<void> {
    return this.#ready();
  }

  withStartupTimeout(): this {
    return this;
  }

  isStartupTimeoutSet(): boolean {
    return true;
  }

  getStartupTimeout(): number {
    return 0;
  }
}

/** "(HTTP code 400) unexpected - " says nothing to who only asked for a service. */
function engineReason(error: unknown): string {
  return reasonOf(error)
    .replace(/^\(HTTP code \d+\) [^-]*- /, "")
    .trim();
}
