import { release } from "node:os";
import type { ContainerRuntimeClient } from "testcontainers";
import { ProofloadError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { reasonOf } from "../readiness.ts";
import type { EngineAddress } from "./engine-remains.ts";

/** The engine's own client, as Testcontainers brings it. */
export type Docker = ContainerRuntimeClient["container"]["dockerode"];

export interface EngineFacts {
  /** "Docker", "Podman" */
  readonly name: string;
  readonly version: string;
  /** "1" or "2" */
  readonly cgroupVersion: string;
  readonly rootless: boolean;
  readonly kernel: string;
  readonly operatingSystem: string;
  /** That containers may use; bytes. */
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface Engine {
  readonly docker: Docker;
  /** For the guardian, which speaks to it without this client. */
  readonly address: EngineAddress;
  describe(): Promise<EngineFacts>;
  /** With the credentials that the user has for registries. */
  pull(image: string): Promise<void>;
}

/** What to type where no engine answers. */
export const ENGINE_REMEDY =
  "install and start Docker (Debian: `apt install docker.io`), join the group that may use it, or set DOCKER_HOST to the socket of the engine";

/**
 * The one door to the container engine: found by Testcontainers (DOCKER_HOST, the usual sockets, its properties file).
 * @throws ProofloadError PL_DEPENDENCY_MISSING, with what to type, where none answers.
 */
export async function openEngine(signal: AbortSignal, env: Host["env"] = {}): Promise<Engine> {
  signal.throwIfAborted();
  // Loaded when it is needed: it takes a third of a second, and most commands need no engine.
  const { getContainerRuntimeClient, ImageName } = await import("testcontainers");
  const client = await getContainerRuntimeClient().catch((cause: unknown) => {
    throw new ProofloadError("PL_DEPENDENCY_MISSING", `no container engine answers here: ${ENGINE_REMEDY}`, { cause });
  });
  signal.throwIfAborted();
  const docker = client.container.dockerode;
  const address = addressOf(docker);
  const wanted = env["DOCKER_HOST"];
  // Testcontainers goes on to the usual sockets where the one that was named does not answer.
  if (wanted?.startsWith("unix://") && !("socketPath" in address && wanted === `unix://${address.socketPath}`)) {
    throw new ProofloadError(
      "PL_DEPENDENCY_MISSING",
      `no container engine answers at ${wanted}: mend or unset DOCKER_HOST`,
    );
  }
  return {
    docker,
    address,
    describe: () => describe(docker),
    pull: (image) => client.image.pull(ImageName.fromString(image)),
  };
}

/**
 * Containers are reached on this machine's own loopback addresses.
 * @throws ProofloadError PL_DEPENDENCY_MISSING where the engine's containers would have those of another machine.
 */
export async function requireLocalEngine(engine: Engine): Promise<EngineFacts> {
  if (process.platform !== "linux") {
    const what = `containers are measured on the host's network, which ${process.platform} does not share with them`;
    throw new ProofloadError("PL_DEPENDENCY_MISSING", `${what}: take --env embedded here, or Linux`);
  }
  const facts = await engine.describe();
  const elsewhere =
    facts.kernel !== release()
      ? `the container engine runs on another machine or in a virtual one (${facts.operatingSystem}, ${facts.kernel})`
      : facts.rootless && facts.name !== "Podman"
        ? "the containers of this rootless engine have loopback addresses of their own"
        : undefined;
  if (elsewhere === undefined) return facts;
  throw new ProofloadError("PL_DEPENDENCY_MISSING", `${elsewhere}: load could not reach them; ${ENGINE_REMEDY}`);
}

async function describe(docker: Docker): Promise<EngineFacts> {
  try {
    const [info, version] = await Promise.all([docker.info(), docker.version()]);
    const components: readonly { Name?: string }[] = version.Components ?? [];
    const options: readonly string[] = info.SecurityOptions ?? [];
    return {
      name: components.some(({ Name }) => Name?.startsWith("Podman")) ? "Podman" : "Docker",
      version: version.Version,
      cgroupVersion: info.CgroupVersion ?? "1",
      rootless: options.includes("name=rootless"),
      kernel: info.KernelVersion,
      operatingSystem: info.OperatingSystem,
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
    };
  } catch (cause) {
    throw new ProofloadError("PL_DEPENDENCY_MISSING", `the container engine does not answer: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function addressOf(docker: Docker): EngineAddress {
  // Its types leave out what it was opened with.
  const modem: { socketPath?: unknown; host?: unknown; port?: unknown } = Object(docker.modem);
  if (typeof modem.socketPath === "string" && modem.socketPath !== "") return { socketPath: modem.socketPath };
  return { host: String(modem.host), port: Number(modem.port) };
}
