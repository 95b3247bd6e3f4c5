import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ProofloadError } from "../errors.ts";
import { K6_VERSION } from "./k6-release.ts";

/** Where proofload keeps its own k6: `<cache>/k6-2.2.0/{k6,k6.sha256}`; the folder appears whole or not at all. */
function cachedK6(cacheDirectory: string): string {
  return join(cacheDirectory, `k6-${K6_VERSION}`, "k6");
}

/**
 * The cached binary, if there is one and it is byte for byte what was put there. Does not run it.
 * @throws ProofloadError PL_K6_CHECKSUM when it is not, or when its hash is gone.
 */
export async function verifiedCachedK6(cacheDirectory: string): Promise<string | undefined> {
  const path = cachedK6(cacheDirectory);
  let found: string;
  try {
    found = await sha256OfFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw error;
  }
  const noted = (await readFile(`${path}.sha256`, "utf8").catch(() => "")).trim();
  if (noted !== found) {
    throw new ProofloadError("PL_K6_CHECKSUM", `${path} is not the file that proofload put there; it was not run`, {
      problems: [
        {
          what: `its sha256 is ${found}, noted when it was installed: ${noted === "" ? "nothing" : noted}`,
          where: path,
          instead: `rm -r ${join(path, "..")}`,
        },
      ],
    });
  }
  return path;
}

/**
 * Installs a k6: `make` writes the binary to the path that it is given, `check` may refuse it; only then it appears at
 * its final place, in one rename. Whatever happens, nothing half-made is left.
 */
export async function installK6(
  cacheDirectory: string,
  make: (path: string, directory: string) => Promise<void>,
  check: (path: string) => Promise<void>,
): Promise<string> {
  await mkdir(cacheDirectory, { recursive: true });
  await removeAbandoned(cacheDirectory);
  const staging = join(cacheDirectory, `.installing-${process.pid}-${randomBytes(4).toString("hex")}`);
  const final = join(cachedK6(cacheDirectory), "..");
  try {
    const content = join(staging, "content");
    await mkdir(content, { recursive: true });
    const path = join(content, "k6");
    await make(path, staging);
    await chmod(path, 0o755);
    await check(path);
    await writeFile(`${path}.sha256`, `${await sha256OfFile(path)}\n`);
    await rename(content, final).catch(async (error: unknown) => {
      // another run may have installed it in the meantime
      if ((await verifiedCachedK6(cacheDirectory)) === undefined) throw error;
    });
    return cachedK6(cacheDirectory);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Folders of installations whose process is gone (killed with -9). */
async function removeAbandoned(cacheDirectory: string): Promise<void> {
  for (const name of await readdir(cacheDirectory)) {
    const owner = /^\.installing-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) {
      await rm(join(cacheDirectory, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
