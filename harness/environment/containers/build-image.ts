import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ProofloadError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import type { Guardian } from "../guardian.ts";
import { startFailure } from "../log-tail.ts";
import { reasonOf } from "../readiness.ts";
import { contextFiles, contextHash, stageContext } from "./build-context.ts";
import type { Engine } from "./engine.ts";
import { type Image, inspectImage } from "./images.ts";

export interface BuildOptions {
  /** Without its tag, which stands for the content: "proofload/reference". */
  readonly repository: string;
  /** Absolute folder. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  /** The image that it is built on, so that a new one is noticed. */
  readonly base: Image | undefined;
  /** Its environment may say where packages come from. */
  readonly guardian: Guardian;
  /** For build.log. */
  readonly logDirectory: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/**
 * What a build may need to reach a registry of packages. Not part of the content: they do not stay in the image, if its
 * Dockerfile names them in a stage that is thrown away.
 */
const PASSED_ON = ["NPM_CONFIG_REGISTRY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] as const;

/**
 * The image of this content: as it was built before, or built now. Not by Testcontainers, whose build neither fails nor
 * says what went wrong.
 * @throws ProofloadError PL_START_FAILED with the end of the build's log; the signal's reason.
 */
export async function buildImage(engine: Engine, options: BuildOptions): Promise<Image> {
  const { context, dockerfile, buildArguments, base, signal } = options;
  const files = await contextFiles(context, dockerfile);
  const hash = await contextHash(context, files, { dockerfile, buildArguments, base: base?.digest });
  const name = `${options.repository}:${hash.slice(0, 16)}`;
  const there = await inspectImage(engine.docker, name);
  if (there !== undefined) return there;
  options.onProgress?.(`building the image ${name} (${files.length} files), once for this content`);
  await build(engine, name, files, options);
  signal.throwIfAborted();
  const built = await inspectImage(engine.docker, name);
  if (built !== undefined) return built;
  throw startFailure(`the image ${name} was built and is not there`, logOf(options));
}

async function build(engine: Engine, name: string, files: readonly string[], options: BuildOptions): Promise<void> {
  const { signal } = options;
  const failed = (why: string, cause?: unknown) =>
    startFailure(`the image of ${options.dockerfile} cannot be built: ${why}`, logOf(options), cause);
  const staged = await options.guardian.makeDirectory("build");
  const log = createWriteStream(logOf(options), { flags: "a" });
  try {
    await stageContext(options.context, files, staged);
    const source = { context: staged, src: [...files] };
    const stream = await engine.docker.buildImage(source, {
      t: name,
      dockerfile: options.dockerfile,
      buildargs: { ...passedOn(options.guardian.env), ...options.buildArguments },
      networkmode: "host",
      rm: true,
      forcerm: true,
      abortSignal: signal,
    });
    for await (const line of createInterface({ input: stream })) {
      const { stream: text, error } = messageOf(line);
      if (text !== undefined) log.write(text);
      if (error !== undefined) {
        log.write(`${error}\n`);
        await closed(log);
        throw failed(error);
      }
    }
  } catch (cause) {
    await closed(log);
    signal.throwIfAborted();
    if (cause instanceof ProofloadError) throw cause;
    throw failed(reasonOf(cause), cause);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
  await closed(log);
}

/** One line of the engine's answer. */
function messageOf(line: string): { readonly stream?: string; readonly error?: string } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

function passedOn(env: Host["env"]): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = env[name] ?? env[name.toLowerCase()];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

function logOf({ logDirectory }: BuildOptions): string {
  return join(logDirectory, "build.log");
}

async function closed(log: ReturnType<typeof createWriteStream>): Promise<void> {
  if (log.closed) return;
  await new Promise<void>((resolve) => log.once("close", resolve).end());
}
