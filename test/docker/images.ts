import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv, promisify } from "node:util";
import { cacheDirectory, INFLUXD_VERSIONS, requireInfluxd } from "../../tools/influxd/releases.ts";

const run = promisify(execFile);
const MOST_OUTPUT = { maxBuffer: 64 * 1024 * 1024 };

/** What a test of containers cannot do without. @throws Error that says what is missing. */
export async function requireDocker(): Promise<void> {
  for (const [command, ...args] of [
    ["docker", "info"],
    ["docker-compose", "version"],
  ] as const) {
    try {
      await run(command, args);
    } catch (cause) {
      throw new Error(`\`${command} ${args.join(" ")}\` fails: .ci/run installs and starts Docker`, { cause });
    }
  }
}

/** Makes the stand-in for the official image of InfluxDB 2.7, and returns its name. */
export async function influxdbImage(): Promise<string> {
  const name = `proofload-test/influxdb:${INFLUXD_VERSIONS["2.7"]}`;
  const cache = cacheDirectory(process.env);
  const binary = await requireInfluxd("2.7", cache);
  const context = await mkdtemp("/var/tmp/proofload-image-");
  try {
    await cp(new URL("influxdb", import.meta.url), context, { recursive: true });
    await copyFile(binary, join(context, "influxd"));
    await chmod(join(context, "entrypoint.sh"), 0o755);
    const base = await baseImage(cache);
    // The old builder: the new one is a plug-in that Debian does not bring.
    const env = { ...process.env, DOCKER_BUILDKIT: "0" };
    await run("docker", ["build", "--tag", name, "--build-arg", `BASE=${base}`, context], { env, ...MOST_OUTPUT });
    return name;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** The smallest Debian of this machine's release, made once with debootstrap from the machine's own package source. */
async function baseImage(cache: string): Promise<string> {
  const release = parseEnv(await readFile("/etc/os-release", "utf8"))["VERSION_CODENAME"] ?? "stable";
  const tarball = join(cache, `debian-${release}-minbase.tar`);
  if (!existsSync(tarball)) await makeTarball(release, tarball, cache);
  const name = `proofload-test/debian:${release}`;
  await run("docker", ["import", tarball, name]);
  return name;
}

async function makeTarball(release: string, tarball: string, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(join(cache, ".building-debian-"));
  try {
    const root = join(staging, "root");
    const { stdout } = await run("apt-get", ["indextargets", "--format", "$(REPO_URI)", `Codename: ${release}`]);
    const mirror = stdout.split("\n").slice(0, 1).filter(Boolean);
    const include = "--include=curl,ca-certificates";
    await run("debootstrap", ["--variant=minbase", include, release, root, ...mirror], MOST_OUTPUT);
    await rm(join(root, "var/cache/apt/archives"), { recursive: true, force: true });
    await run("tar", ["--create", "--file", join(staging, "root.tar"), "--directory", root, "."]);
    await rename(join(staging, "root.tar"), tarball);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
