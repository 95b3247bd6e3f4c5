import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, cp, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, INFLUXD_VERSIONS, requireInfluxd, sha256OfFile } from "../../tools/influxd/releases.ts";
import { baseImage } from "./base-image.ts";
import { docker, run } from "./docker-command.ts";

/** Where a stand-in is named, so that tests, Dockerfiles and the harness find it. */
export type ImageVariable = "PROOFLOAD_IMAGE_NODE" | "PROOFLOAD_IMAGE_POSTGRES" | "PROOFLOAD_IMAGE_REDIS";

const NODE = fileURLToPath(import.meta.resolve("node/bin/node"));
const KINDS = ["node", "postgres", "redis"] as const;

/**
 * Stand-ins for the official images of Node, Postgres and Redis, for engines that reach no registry: taken from the engine,
 * else from a tarball in the cache, else made. A change of their files makes new ones.
 */
export async function standIns(): Promise<Readonly<Record<ImageVariable, string>>> {
  const cache = cacheDirectory(process.env);
  const sources = await hashOfSources();
  const names = KINDS.map((kind) => `proofload-test/${kind}:${sources}`);
  if (!(await present(names))) {
    const tarball = join(cache, `images-${sources}.tar`);
    if (existsSync(tarball)) await docker(["load", "--quiet", "--input", tarball]);
    else await makeAll(names, cache, tarball);
  }
  const [node = "", postgres = "", redis = ""] = names;
  return { PROOFLOAD_IMAGE_NODE: node, PROOFLOAD_IMAGE_POSTGRES: postgres, PROOFLOAD_IMAGE_REDIS: redis };
}

async function present(names: readonly string[]): Promise<boolean> {
  const found = await Promise.all(names.map((name) => docker(["image", "ls", "--quiet", name])));
  return found.every((id) => id !== "");
}

async function makeAll(names: readonly string[], cache: string, tarball: string): Promise<void> {
  const base = await baseImage(cache);
  for (const [index, kind] of KINDS.entries()) {
    const name = names[index] ?? "";
    await (kind === "node" ? build(kind, name, base, addNode) : build(kind, name, base));
  }
  const staging = `${tarball}.${process.pid}`;
  try {
    // One tarball: they share their base, which other images are built on.
    await docker(["save", "--output", staging, base, ...names]);
    await rename(staging, tarball);
  } finally {
    await rm(staging, { force: true });
  }
}

async function addNode(context: string): Promise<BuildArguments> {
  await copyFile(NODE, join(context, "node"));
  await writeFile(join(context, "certificates.crt"), await certificates());
  await cp(await npmFolder(), join(context, "npm"), { recursive: true, dereference: true });
  return { NODE_VERSION: (await run(NODE, ["--version"])).replace(/^v/, "") };
}

/** Of those whom the machine trusts, in PEM; empty where it keeps them in another way. */
async function certificates(): Promise<string> {
  const path = process.env["NODE_EXTRA_CA_CERTS"] ?? "/etc/ssl/certs/ca-certificates.crt";
  return readFile(path, "utf8").catch(() => "");
}

/** Of the machine: it is no dependency of the repository. */
async function npmFolder(): Promise<string> {
  const cli = await realpath(await run("sh", ["-c", "command -v npm"]));
  return dirname(dirname(cli));
}

/** The image of InfluxDB 2.7: the one that the environment names, else a stand-in for the official one, made here. */
export async function influxdbImage(): Promise<string> {
  const named = process.env["PROOFLOAD_COMPOSE_INFLUXDB_IMAGE"];
  if (named) return named;
  const name = `proofload-test/influxdb:${INFLUXD_VERSIONS["2.7"]}`;
  const cache = cacheDirectory(process.env);
  const binary = await requireInfluxd("2.7", cache);
  await build("influxdb", name, await baseImage(cache), async (context) => {
    await copyFile(binary, join(context, "influxd"));
    return {};
  });
  return name;
}

type BuildArguments = Readonly<Record<string, string>>;

async function build(
  kind: string,
  name: string,
  base: string,
  add: (context: string) => Promise<BuildArguments> = async () => ({}),
): Promise<void> {
  const context = await mkdtemp("/var/tmp/proofload-image-");
  try {
    await cp(new URL(kind, import.meta.url), context, { recursive: true });
    const given = Object.entries({ BASE: base, ...(await add(context)) });
    const options = ["--network", "host", "--tag", name, ...given.flatMap((one) => ["--build-arg", one.join("=")])];
    await docker(["build", ...options, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** Of everything that makes them what they are, short enough for a tag. */
async function hashOfSources(): Promise<string> {
  const hash = createHash("sha256")
    .update(await sha256OfFile(NODE))
    .update(await certificates());
  for (const kind of KINDS) {
    const folder = fileURLToPath(new URL(kind, import.meta.url));
    for (const file of (await readdir(folder)).sort()) hash.update(file).update(await readFile(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 12);
}
