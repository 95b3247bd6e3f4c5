import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, readlink, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { git } from "./git.ts";

/** How each package manager installs exactly what its lock file says. */
const MANAGERS: Readonly<Record<string, (lock: string) => readonly string[]>> = {
  "package-lock.json": () => ["npm", "ci", "--no-audit", "--no-fund"],
  "npm-shrinkwrap.json": () => ["npm", "ci", "--no-audit", "--no-fund"],
  "pnpm-lock.yaml": () => ["pnpm", "install", "--frozen-lockfile"],
  "yarn.lock": (lock) => ["yarn", "install", lock.includes("# yarn lockfile v1") ? "--frozen-lockfile" : "--immutable"],
  "bun.lock": () => ["bun", "install", "--frozen-lockfile"],
};

export interface Dependencies {
  /** Folder of the lock file, absolute, in the worktree. */
  readonly directory: string;
  /** Undefined: the checkout's have been linked, since its lock file says the same. */
  readonly install: readonly string[] | undefined;
}

/**
 * Dependencies of a folder of the worktree: by links to those of the checkout where the lock file is the same in both,
 * else by the package manager whose lock file it is. Undefined where there is no lock file.
 */
export async function linkDependencies(
  worktree: string,
  checkout: string,
  folder: string,
): Promise<Dependencies | undefined> {
  const found = lockAbove(worktree, folder);
  if (found === undefined) return undefined;
  const { directory, name } = found;
  const own = relative(worktree, directory);
  const lock = await readFile(join(directory, name), "utf8");
  const same = (await readFile(join(checkout, own, name), "utf8").catch(() => undefined)) === lock;
  if (!same || !existsSync(join(checkout, own, "node_modules"))) {
    return { directory, install: MANAGERS[name]?.(lock) ?? [] };
  }
  for (const place of await packageFolders(directory)) {
    const from = join(checkout, own, place, "node_modules");
    if (existsSync(from)) await linkPackages(from, join(directory, place, "node_modules"), checkout);
  }
  return { directory, install: undefined };
}

function lockAbove(worktree: string, folder: string): { directory: string; name: string } | undefined {
  const name = Object.keys(MANAGERS).find((one) => existsSync(join(folder, one)));
  if (name !== undefined) return { directory: folder, name };
  return folder === worktree || dirname(folder) === folder ? undefined : lockAbove(worktree, dirname(folder));
}

/** Folders with a package.json, relative to `directory`: a workspace may have dependencies of its own. */
async function packageFolders(directory: string): Promise<string[]> {
  const files = await git(directory, "ls-files", "-z", "--", "package.json", "*/package.json");
  return files.split("\0").flatMap((file) => (file === "" ? [] : [dirname(file)]));
}

/**
 * A folder of links. A package is linked to the checkout's; a link that leads into the checkout itself, to a package of
 * the workspace, becomes the same link from here, so that the side runs its own code and never the checkout's.
 */
async function linkPackages(from: string, to: string, checkout: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from)) {
    const source = join(from, entry);
    const target = join(to, entry);
    const facts = await lstat(source);
    if (facts.isSymbolicLink()) {
      const link = await readlink(source);
      await symlink(leadsInto(checkout, resolve(from, link)) ? ownLink(link, from, to) : source, target);
    } else if (facts.isDirectory() && entry.startsWith("@")) {
      await linkPackages(source, target, checkout);
    } else {
      await symlink(source, target);
    }
  }
}

/** Into the checkout's own files, and not into its installed packages. */
function leadsInto(checkout: string, path: string): boolean {
  const inside = relative(checkout, path);
  return !inside.startsWith("..") && !isAbsolute(inside) && !inside.split("/").includes("node_modules");
}

/** A relative link means the same from here; an absolute one is made relative first. */
function ownLink(link: string, from: string, to: string): string {
  return isAbsolute(link) ? resolve(to, relative(from, link)) : link;
}
