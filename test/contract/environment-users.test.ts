import { execFileSync } from "node:child_process";
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findPackage, providePostgresBinaries } from "../../harness/environment/postgres-binaries.ts";
import { postgresIdentity } from "../../harness/environment/postgres-user.ts";
import { temporaryRoot } from "../../harness/environment/temporary-root.ts";
import {
  type DriverOptions,
  leftAfterAWhile,
  newRunId,
  orphanedSharedMemory,
  scratchFolder,
  startDriver,
} from "./environment-support.ts";

const asRoot = process.getuid?.() === 0;
const ORDINARY = 65_534;

function folder(mode = 0o700): string {
  const made = scratchFolder(mode);
  onTestFinished(() => made[Symbol.dispose]());
  return made.path;
}

/** The package as it lies there after `npm ci --ignore-scripts`: without the links between its libraries. */
function packageWithoutLinks(into: string): string {
  const copy = join(into, "linux");
  cpSync(findPackage(), copy, { recursive: true, verbatimSymlinks: true });
  for (const entry of readdirSync(join(copy, "native", "lib"), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) unlinkSync(join(entry.parentPath, entry.name));
  }
  return copy;
}

async function runDriver(more: Partial<DriverOptions>, through: string[] = [], env = process.env) {
  const before = orphanedSharedMemory();
  const runId = newRunId();
  const logDirectory = more.logDirectory ?? folder();
  const options = { runId, logDirectory, environment: {}, holds: false, resets: true, ...more };
  const driver = startDriver(options, through, env);
  onTestFinished(() => void driver.process.kill("SIGKILL"));
  const code = await driver.exited;
  return { code, lines: driver.lines, left: await leftAfterAWhile(runId, before) };
}

describe("binaries of Postgres", () => {
  test("are copied once, with the missing links, and the copy is used again", async () => {
    const packageDirectory = packageWithoutLinks(folder());
    const cacheDirectory = folder(0o755);
    const first = await providePostgresBinaries(process.env, { packageDirectory, cacheDirectory });
    expect(execFileSync(join(first.bin, "initdb"), ["--version"], { encoding: "utf8" })).toContain("PostgreSQL");
    const made = statSync(first.bin).ctimeMs;
    expect(await providePostgresBinaries(process.env, { packageDirectory, cacheDirectory })).toEqual(first);
    expect(statSync(first.bin).ctimeMs).toBe(made);
  });

  test("are copied again when a file of the copy is gone", async () => {
    const packageDirectory = packageWithoutLinks(folder());
    const cacheDirectory = folder(0o755);
    const { bin } = await providePostgresBinaries(process.env, { packageDirectory, cacheDirectory });
    rmSync(join(bin, "initdb"));
    await providePostgresBinaries(process.env, { packageDirectory, cacheDirectory });
    expect(existsSync(join(bin, "initdb"))).toBe(true);
  });

  test("in a copy that others could have written to are not used", async () => {
    const packageDirectory = packageWithoutLinks(folder());
    const cacheDirectory = folder(0o755);
    const { bin } = await providePostgresBinaries(process.env, { packageDirectory, cacheDirectory });
    execFileSync("chmod", ["777", dirname(bin)]);
    await providePostgresBinaries(process.env, { packageDirectory, cacheDirectory });
    expect(lstatSync(dirname(bin)).mode & 0o777).toBe(0o755);
  });
});

// What another user may do can only be tried where we may become one; everything else runs as whoever runs the tests.
if (asRoot) {
  describe("as root", () => {
    test("from a folder of mode 0700 and with a umask of 077", async () => {
      const packageDirectory = packageWithoutLinks(folder(0o700));
      // A cache of its own, as on a machine that has never run this.
      const postgresSource = { packageDirectory, cacheDirectory: join(folder(0o755), "proofload") };
      const run = await runDriver({ postgresSource }, ["sh", "-c", 'umask 077; exec "$@"', "sh"]);
      expect(run).toMatchObject({ code: 0, left: [] });
    });

    test("a TMPDIR that the user postgres cannot reach is not used", async () => {
      expect(await temporaryRoot({ TMPDIR: folder(0o700) })).toBe("/var/tmp");
      const open = folder(0o755);
      expect(await temporaryRoot({ TMPDIR: open })).toBe(open);
    });

    test("the user for Postgres is made when there is none", async () => {
      const name = `plt${process.pid}`;
      onTestFinished(() => void execFileSync("userdel", [name]));
      const made = await postgresIdentity(name);
      expect(made?.uid).toBeGreaterThan(0);
      expect(await postgresIdentity(name)).toEqual(made);
    });

    test("a data folder that is full: initdb's own words, and nothing left", async () => {
      const small = folder(0o755);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m,mode=1777", "tmpfs", small]);
      onTestFinished(() => void execFileSync("umount", [small]));
      const run = await runDriver({ temporaryRoot: small });
      expect(run).toMatchObject({ code: 4, left: [] });
      expect(run.lines.join("\n")).toMatch(/failed postgres: initdb exited with code 1[\s\S]*No space left on device/);
      expect(readdirSync(small)).toEqual([]);
    });
  });

  describe("as an ordinary user", () => {
    // Reads what root's clone has (which may lie in a home of mode 0700), and is an ordinary user otherwise.
    const become = ["--clear-groups", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
    const through = ["setpriv", `--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, ...become];

    function home(): string {
      const path = folder(0o755);
      chownSync(path, ORDINARY, ORDINARY);
      mkdirSync(join(path, "logs"));
      chownSync(join(path, "logs"), ORDINARY, ORDINARY);
      return path;
    }

    test("everything works, and runs as that user", async () => {
      const HOME = home();
      const run = await runDriver({ logDirectory: join(HOME, "logs") }, through, { PATH: process.env["PATH"], HOME });
      expect(run).toMatchObject({ code: 0, left: [] });
      expect(statSync(join(HOME, "logs", "postgres.log")).uid).toBe(ORDINARY);
      // Copied only where that user could not run them in this clone.
      expect(existsSync(join(HOME, ".cache"))).toBe(!isOpenToAll(import.meta.dirname));
    });

    test("with install scripts off: the binaries are copied to the user's cache", async () => {
      const HOME = home();
      const postgresSource = { packageDirectory: packageWithoutLinks(folder(0o755)) };
      const options = { logDirectory: join(HOME, "logs"), postgresSource };
      const run = await runDriver(options, through, { PATH: process.env["PATH"], HOME });
      expect(run).toMatchObject({ code: 0, left: [] });
      expect(readdirSync(join(HOME, ".cache", "proofload"))[0]).toMatch(/^postgres-18\./);
    });
  });
}

function isOpenToAll(path: string): boolean {
  return (statSync(path).mode & 0o001) !== 0 && (path === dirname(path) || isOpenToAll(dirname(path)));
}
