import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { docker, run } from "./docker-command.ts";

/** The smallest Debian of this machine's release, made once with debootstrap from the machine's own package source. */
export async function baseImage(cache: string): Promise<string> {
  const release = parseEnv(await readFile("/etc/os-release", "utf8"))["VERSION_CODENAME"] ?? "stable";
  const name = `proofload-test/debian:${release}`;
  // Imported once an engine: every import is another image, and what was built on the last one would be built again.
  if ((await docker(["image", "ls", "--quiet", name])) !== "") return name;
  const tarball = join(cache, `debian-${release}-minbase.tar`);
  if (!existsSync(tarball)) await makeTarball(release, tarball, cache);
  await docker(["import", tarball, name]);
  return name;
}

async function makeTarball(release: string, tarball: string, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(join(cache, ".building-debian-"));
  try {
    const root = join(staging, "root");
    const targets = await run("apt-get", ["indextargets", "--format", "$(REPO_URI)", `Codename: ${release}`]);
    const mirror = targets.split("\n").slice(0, 1).filter(Boolean);
    const include = "--include=curl,ca-certificates";
    await run("debootstrap", ["--variant=minbase", include, release, root, ...mirror]);
    await rm(join(root, "var/cache/apt/archives"), { recursive: true, force: true });
    await run("tar", ["--create", "--file", join(staging, "root.tar"), "--directory", root, "."]);
    await rename(join(staging, "root.tar"), tarball);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
