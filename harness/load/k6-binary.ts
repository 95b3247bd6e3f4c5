import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { Problem } from "../errors.ts";
import { ProofloadError } from "../errors.ts";
import { fetchArchive } from "./k6-archive.ts";
import { buildK6, copyFromImage } from "./k6-build.ts";
import { installK6, verifiedCachedK6 } from "./k6-cache.ts";
import { archiveFor, K6_IMAGE, K6_IMAGE_PATH, K6_VERSION } from "./k6-release.ts";
import { k6Version } from "./k6-version.ts";

export interface K6 {
  /** Absolute. */
  readonly path: string;
  readonly version: string;
  readonly source: K6Source;
}

export type K6Source = "PROOFLOAD_K6" | "PATH" | "cache" | "release archive" | "go build" | "image";

export interface K6Search {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** `<cwd>/.proofload/bin` unless given; PROOFLOAD_CACHE in `env` comes before both. */
  readonly cacheDirectory?: string;
}

export interface EnsureK6Options extends K6Search {
  /** Called now and then while k6 is downloaded or built, with one line to show. */
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Finds the pinned k6, or gets it: PROOFLOAD_K6, PATH, the cache, the release archive, `go build`, the image.
 * @throws ProofloadError PL_K6_VERSION when PROOFLOAD_K6 is another version, PL_K6_CHECKSUM when a file is not what is
 * pinned or noted, PL_K6_MISSING with one problem for each way that was tried.
 */
export async function ensureK6(options: EnsureK6Options): Promise<K6> {
  const { onProgress, signal } = options;
  const search = await findK6(options);
  if (search.found !== undefined) return search.found;
  const cache = cacheOf(options);
  const tried: Problem[] = [...search.tried];
  for (const way of waysToGet(options)) {
    try {
      const path = await installK6(
        cache,
        (file) => way.get(file, onProgress, signal),
        (file) => mustBePinned(file, signal),
      );
      return { path, version: K6_VERSION, source: way.source };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProofloadError) throw error;
      tried.push({ what: explain(error), where: way.title, instead: way.remedy });
    }
  }
  throw new ProofloadError("PL_K6_MISSING", `k6 ${K6_VERSION} is not on this machine and could not be had`, {
    problems: tried,
  });
}

/** Looks only: nothing is downloaded or built. */
export async function findK6(options: K6Search): Promise<{ found?: K6; tried: readonly Problem[] }> {
  const { env } = options;
  const own = env["PROOFLOAD_K6"];
  if (own !== undefined && own !== "") {
    return { found: await theUsersOwn(resolve(options.cwd, own)), tried: [] };
  }
  const tried: Problem[] = [];
  for (const path of await onPath(env["PATH"] ?? "")) {
    const asked = await k6Version(path);
    if ("version" in asked && asked.version === K6_VERSION) {
      return { found: { path, version: K6_VERSION, source: "PATH" }, tried };
    }
    const what = "version" in asked ? `it is k6 ${asked.version}` : asked.why;
    tried.push({ what, where: path, instead: `install k6 ${K6_VERSION} there, or leave it: proofload brings its own` });
  }
  if (tried.length === 0) {
    tried.push({ what: "there is no k6", where: "PATH", instead: `install k6 ${K6_VERSION}` });
  }
  const cached = await verifiedCachedK6(cacheOf(options));
  if (cached !== undefined) return { found: { path: cached, version: K6_VERSION, source: "cache" }, tried };
  return { tried };
}

function cacheOf({ env, cwd, cacheDirectory }: K6Search): string {
  const wanted = env["PROOFLOAD_CACHE"];
  if (wanted !== undefined && wanted !== "") return resolve(cwd, wanted);
  return cacheDirectory ?? join(cwd, ".proofload", "bin");
}

async function theUsersOwn(path: string): Promise<K6> {
  const asked = await k6Version(path);
  if (!("version" in asked)) {
    throw new ProofloadError("PL_K6_MISSING", `PROOFLOAD_K6 names ${path}, which cannot be run: ${asked.why}`);
  }
  if (asked.version !== K6_VERSION) {
    throw new ProofloadError(
      "PL_K6_VERSION",
      `PROOFLOAD_K6 names k6 ${asked.version} (${path}); this proofload is proved with k6 ${K6_VERSION}`,
    );
  }
  return { path, version: K6_VERSION, source: "PROOFLOAD_K6" };
}

async function onPath(path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const directory of path.split(delimiter).filter((one) => isAbsolute(one))) {
    const candidate = join(directory, "k6");
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs && !found.includes(candidate)) found.push(candidate);
  }
  return found;
}

interface Way {
  readonly source: K6Source;
  readonly title: string;
  readonly remedy: string;
  readonly get: (path: string, progress: (text: string) => void, signal: AbortSignal) => Promise<void>;
}

function waysToGet({ env }: K6Search): readonly Way[] {
  const ways: Way[] = [];
  const archive = archiveFor(process.platform, process.arch);
  if (archive !== undefined) {
    ways.push({
      source: "release archive",
      title: archive.url,
      remedy: "let this machine reach github.com (HTTPS_PROXY is honoured)",
      get: (path, progress, signal) => fetchArchive(archive, path, env, progress, signal),
    });
  }
  ways.push({
    source: "go build",
    title: "go build in tools/k6",
    remedy: "install Go 1.25 or newer (https://go.dev/dl, brew install go; Debian 12's is too old)",
    get: (path, progress, signal) => buildK6(path, env, progress, signal),
  });
  if (process.platform === "linux") {
    ways.push({
      source: "image",
      title: K6_IMAGE,
      remedy: "start Docker, and let it reach the registry",
      get: (path, progress, signal) => copyFromImage(K6_IMAGE, K6_IMAGE_PATH, path, env, progress, signal),
    });
  }
  return ways;
}

async function mustBePinned(path: string, signal: AbortSignal): Promise<void> {
  const asked = await k6Version(path, signal);
  const said = "version" in asked ? asked.version : asked.why;
  if (said !== K6_VERSION) throw new Error(`what came is not k6 ${K6_VERSION}: ${said}`);
}

/** The innermost cause: undici and Node wrap "getaddrinfo EAI_AGAIN github.com" twice. */
function explain(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error ? inner.message : String(inner);
}
