import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../harness/environment/processes.ts";
import {
  cacheDirectory,
  INFLUX_LINES,
  INFLUXD_VERSIONS,
  type InfluxLine,
  influxdDirectory,
  requireInfluxd,
  sha256OfFile,
} from "./releases.ts";

/**
 * `node tools/influxd/build.ts [1.8] [2.7]`: builds InfluxDB's server for the tests, once, into the cache. 1.8 needs Go
 * (1 to 2 minutes); 2.7 needs Rust, a C compiler, pkg-config and libclang too (about 10 minutes), for its query
 * language. No user interface: that would need its own sources and tools, and no test looks at it.
 */
const folder = (line: InfluxLine): string => fileURLToPath(new URL(line, import.meta.url));

const wanted = process.argv.slice(2);
const unknown = wanted.filter((word) => !INFLUX_LINES.some((line) => line === word));
if (unknown.length > 0) {
  console.error(`unknown line ${unknown.join(", ")}; there are ${INFLUX_LINES.join(" and ")}`);
  process.exit(4);
}
let failed = false;
for (const line of INFLUX_LINES) {
  if (wanted.length > 0 && !wanted.includes(line)) continue;
  try {
    await ensure(line, cacheDirectory(process.env));
  } catch (error) {
    failed = true;
    console.error(`influxd ${INFLUXD_VERSIONS[line]}: ${error instanceof Error ? error.message : error}`);
  }
}
process.exitCode = failed ? 1 : 0;

async function ensure(line: InfluxLine, cache: string): Promise<void> {
  const found = await requireInfluxd(line, cache).catch(() => undefined);
  if (found === undefined) await install(line, cache);
  console.log(found ?? (await requireInfluxd(line, cache)));
}

/** Whatever happens, nothing half-made is at the final place. */
async function install(line: InfluxLine, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const staging = await mkdtemp(join(cache, `.building-influxd-${process.pid}-`));
  try {
    const content = join(staging, "content");
    await mkdir(content);
    const path = join(content, "influxd");
    await (line === "1.8" ? build18(path) : build27(path, staging));
    await run(path, ["version"], {}, content);
    await writeFile(`${path}.sha256`, `${await sha256OfFile(path)}\n`);
    const final = influxdDirectory(line, cache);
    // What is there, if anything, was not whole: requireInfluxd has just refused it.
    await rm(final, { recursive: true, force: true });
    await rename(content, final);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Folders of builds that were killed. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const owner = /^\.building-influxd-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) await rm(join(cache, name), { recursive: true, force: true });
  }
}

async function build18(path: string): Promise<void> {
  const version = `-s -w -X main.version=${INFLUXD_VERSIONS["1.8"]}`;
  await goBuild("1.8", path, "github.com/influxdata/influxdb/cmd/influxd", { CGO_ENABLED: "0" }, ["-ldflags", version]);
}

async function build27(path: string, staging: string): Promise<void> {
  // cgo asks pkg-config where libflux is; this one builds it first, with Cargo, from the sources of the Go module.
  const pkgConfig = join(staging, "pkg-config");
  await goBuild("2.7", pkgConfig, "github.com/influxdata/pkg-config", { CGO_ENABLED: "0" }, []);
  await goBuild(
    "2.7",
    path,
    "github.com/influxdata/influxdb/v2/cmd/influxd",
    {
      CGO_ENABLED: "1",
      PKG_CONFIG: pkgConfig,
      // The module asks rustup for an older compiler by name; the machine's own does as well.
      RUSTUP_TOOLCHAIN: process.env["RUSTUP_TOOLCHAIN"] ?? "stable",
      RUSTC_WRAPPER: join(folder("2.7"), "rustc.sh"),
    },
    [
      "-tags",
      `sqlite_foreign_keys,sqlite_json${process.arch === "x64" ? "" : ",noasm"}`,
      "-ldflags",
      `-s -w -X main.version=v${INFLUXD_VERSIONS["2.7"]}`,
    ],
  );
}

async function goBuild(
  line: InfluxLine,
  path: string,
  what: string,
  env: Readonly<Record<string, string>>,
  more: readonly string[],
): Promise<void> {
  await run(
    "go",
    ["build", "-v", "-trimpath", "-buildvcs=false", ...more, "-o", path, what],
    { GOFLAGS: "-mod=readonly", GOWORK: "off", ...env },
    folder(line),
  );
}

/** Runs a tool to its end. @throws Error with its last lines. */
async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<void> {
  const started = Date.now();
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  let packages = 0;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      if (/^\S+$/.test(line)) packages += 1;
      else said.push(line);
      if (packages % 100 === 1 && /^\S+$/.test(line)) {
        console.error(`${command} ${args[0]}: ${packages} packages, ${Math.round((Date.now() - started) / 1000)} s`);
      }
    });
  }
  const code = await ended(child, command);
  if (code !== 0) throw new Error(`\`${command} ${args[0]}\` failed:\n${said.slice(-15).join("\n")}`);
}

async function ended(child: ChildProcess, command: string): Promise<number | null> {
  try {
    const [code] = await once(child, "close");
    return code;
  } catch (error) {
    throw new Error(`there is no \`${command}\` on PATH`, { cause: error });
  }
}
