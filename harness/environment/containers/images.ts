import { ProofloadError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { reasonOf } from "../readiness.ts";
import type { Docker, Engine } from "./engine.ts";

export interface Image {
  readonly name: string;
  /** Of its content: "sha256:…". */
  readonly digest: string;
}

/** The images that proofload brings by itself, and the variables that name others (a private registry, a mirror). */
const IMAGES = {
  postgres: { variable: "PROOFLOAD_IMAGE_POSTGRES", name: "postgres:18.4-bookworm" },
  redis: { variable: "PROOFLOAD_IMAGE_REDIS", name: "redis:8.2-bookworm" },
  node: { variable: "PROOFLOAD_IMAGE_NODE", name: "node:24.21.0-bookworm-slim" },
} as const;

export type KnownImage = keyof typeof IMAGES;

export function imageName(image: KnownImage, env: Host["env"]): string {
  const { variable, name } = IMAGES[image];
  const given = env[variable];
  return given === undefined || given === "" ? name : given;
}

/** What to type when the image cannot be had. */
export function imageRemedy(image: KnownImage): string {
  return `name one that this machine has or can reach in ${IMAGES[image].variable}`;
}

export interface ImageOptions {
  readonly name: string;
  /** What to type when it cannot be had. */
  readonly remedy: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/**
 * The image as it is on this machine; else pulled.
 * @throws ProofloadError PL_DEPENDENCY_MISSING that names the image and what to type.
 */
export async function ensureImage(engine: Engine, options: ImageOptions): Promise<Image> {
  const { name, remedy, signal } = options;
  const there = await inspectImage(engine.docker, name);
  if (there !== undefined) return there;
  options.onProgress?.(`pulling the image ${name}, once`);
  try {
    await abortable(engine.pull(name), signal);
  } catch (cause) {
    signal.throwIfAborted();
    const why = reasonOf(cause).replaceAll(/\s+/g, " ").slice(0, 300);
    const what = `the image ${name} is not on this machine and cannot be pulled (${why})`;
    throw new ProofloadError("PL_DEPENDENCY_MISSING", `${what}: ${remedy}`, { cause });
  }
  const pulled = await inspectImage(engine.docker, name);
  if (pulled !== undefined) return pulled;
  throw new ProofloadError("PL_DEPENDENCY_MISSING", `the image ${name} was pulled and is not there: ${remedy}`);
}

/** Undefined when it is not on this machine. */
export async function inspectImage(docker: Docker, name: string): Promise<Image | undefined> {
  try {
    return { name, digest: (await docker.getImage(name).inspect()).Id };
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return undefined;
    throw new ProofloadError("PL_DEPENDENCY_MISSING", `the container engine does not answer: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** "node v24.21.0", where the image says it as the official one of Node does. */
export async function nodeVersionIn(docker: Docker, image: Image): Promise<string | undefined> {
  const { Config } = await docker.getImage(image.digest).inspect();
  const version = Config.Env?.find((one) => one.startsWith("NODE_VERSION="))?.slice("NODE_VERSION=".length);
  return version === undefined ? undefined : `node v${version}`;
}

/** A pull goes on in the engine when nobody waits for it any more: what it brings is of use to the next run. */
async function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  await Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", abort));
}
