import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSides, type Sides, type SidesOptions } from "../../harness/ab/sides.ts";
import { type Guardian, startGuardian } from "../../harness/environment/guardian.ts";
import { ProofloadError } from "../../harness/errors.ts";
import type { Host } from "../../harness/host.ts";
import type { ServiceDefinition } from "../../harness/plan/definition.ts";
import { newRunId, scratchFolder } from "./environment-support.ts";

const service: ServiceDefinition = {
  name: "shop",
  directory: "service",
  command: ["node", "main.mjs"],
  build: ["node", "build.mjs"],
  needs: {},
  portVariable: "PORT",
  readyPath: "/",
  readyWithin: "5s",
};

/** A workspace of two packages, as npm installs it: the service needs a package beside it and one from a registry. */
const FILES = {
  "package.json": '{ "name": "root", "private": true, "workspaces": ["service", "engine"] }',
  "package-lock.json": '{ "lockfileVersion": 3 }',
  "service/package.json": '{ "name": "@shop/service", "type": "module" }',
  "service/main.mjs":
    'import { work } from "@shop/engine"; import { name } from "from-registry"; console.log(work, name);',
  "service/build.mjs": "",
  "engine/package.json": '{ "name": "@shop/engine", "type": "module", "exports": "./index.mjs" }',
  "engine/index.mjs": 'export const work = "first engine";',
  ".gitignore": "node_modules/\n.proofload/\n",
};

let folder: ReturnType<typeof scratchFolder>;
let guardian: Guardian;
let said: string[];

beforeEach(async () => {
  folder = scratchFolder();
  said = [];
  git("init", "--quiet", "--initial-branch=main");
  commit(FILES, "first");
  git("tag", "v1");
  write({ "node_modules/from-registry/package.json": '{ "name": "from-registry", "exports": "./index.mjs" }' });
  write({ "node_modules/from-registry/index.mjs": 'export const name = "from the registry";' });
  mkdirSync(join(folder.path, "node_modules/@shop"));
  symlinkSync("../../engine", join(folder.path, "node_modules/@shop/engine"));
  symlinkSync("../../service", join(folder.path, "node_modules/@shop/service"));
  guardian = await startGuardian({ runId: newRunId(), env: process.env });
});

afterEach(async () => {
  await guardian.done();
  folder[Symbol.dispose]();
});

function git(...args: string[]): string {
  const as = ["-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...as, ...args], { cwd: folder.path, encoding: "utf8", stdio: "pipe" }).trim();
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  }
}

function commit(files: Readonly<Record<string, string>>, message: string): void {
  write(files);
  git("add", "--all");
  git("commit", "--quiet", "--message", message);
}

function open(base: string, head: string, more: Partial<SidesOptions> = {}): Promise<Sides> {
  const host: Host = {
    env: process.env,
    cwd: folder.path,
    out: { write() {}, note() {}, live: false, colour: false, columns: 80 },
    interrupted: new AbortController().signal,
    now: () => 0,
  };
  return openSides(
    { base, head },
    {
      environment: "embedded",
      service,
      configDirectory: folder.path,
      worktrees: join(folder.path, ".proofload/ab/worktrees"),
      logDirectory: join(folder.path, ".proofload/ab/one"),
      guardian,
      host,
      onProgress: (text) => said.push(text),
      ...more,
    },
  );
}

/** What the service of a side says when it runs. */
function started(side: { readonly service: ServiceDefinition | undefined }): string {
  const cwd = side.service?.directory ?? "";
  return execFileSync(process.execPath, ["main.mjs"], { cwd, encoding: "utf8", stdio: "pipe" }).trim();
}

const worktrees = () =>
  git("worktree", "list", "--porcelain")
    .split("\n")
    .filter((line) => line.startsWith("worktree "));

async function refused(opening: Promise<Sides>): Promise<ProofloadError> {
  const error = await opening.catch((caught: unknown) => caught);
  if (!(error instanceof ProofloadError)) throw new Error(`not refused as it should be: ${error}`);
  return error;
}

describe("sides that are git refs", () => {
  it("run their own package of the workspace, and share what the registry gave, without an installation", async () => {
    commit({ "engine/index.mjs": 'export const work = "second engine";' }, "second");
    write({ "engine/index.mjs": 'export const work = "changed and not committed";' });
    await using sides = await open("v1", ".");
    expect(started(sides.base)).toBe("first engine from the registry");
    expect(started(sides.head)).toBe("changed and not committed from the registry");
    expect(said.filter((text) => text.startsWith("installing"))).toEqual([]);
    expect(sides.base.record).toMatchObject({
      given: "v1",
      kind: "ref",
      commit: { sha: git("rev-parse", "v1"), dirty: false },
    });
    expect(sides.head.record.commit).toMatchObject({ sha: git("rev-parse", "HEAD"), dirty: true });
  });

  it("share one worktree where they are one commit, and leave nothing behind", async () => {
    const before = worktrees();
    {
      await using sides = await open("v1", "main");
      expect(sides.base.directory).toBe(sides.head.directory);
      expect(worktrees()).toHaveLength(2);
    }
    expect(worktrees()).toEqual(before);
    expect(readdirSync(join(folder.path, ".proofload/ab/worktrees"))).toEqual([]);
    expect(git("status", "--porcelain")).toBe("");
  });

  it("have a worktree each when two runs of one commit are under way, and the second takes none from the first", async () => {
    await using first = await open("v1", ".");
    {
      await using second = await open("v1", ".");
      expect(second.base.directory).not.toBe(first.base.directory);
    }
    expect(started(first.base)).toBe("first engine from the registry");
  });

  it("repair what a killed run has left: its folder, its entry in git's list, or one of them", async () => {
    commit({ "engine/index.mjs": 'export const work = "second engine";' }, "second");
    const left = [git("rev-parse", "v1"), git("rev-parse", "main")].map((sha) =>
      join(folder.path, ".proofload/ab/worktrees", sha),
    );
    for (const path of left) git("worktree", "add", "--quiet", "--detach", path);
    execFileSync("rm", ["-rf", left[0] ?? ""]);
    writeFileSync(join(left[1] ?? "", "half-written"), "");
    {
      await using sides = await open("v1", ".");
      expect(started(sides.base)).toBe("first engine from the registry");
      expect(worktrees()).toHaveLength(2);
    }
    expect(worktrees()).toHaveLength(1);
    expect(left.map((path) => existsSync(path))).toEqual([false, false]);
  });

  it("are built in their own folder, the working tree too", async () => {
    const build = (what: string) => `import { writeFileSync } from "node:fs"; writeFileSync("built.txt", "${what}");`;
    commit({ "service/build.mjs": build("first") }, "second");
    git("tag", "v2");
    write({ "service/build.mjs": build("as it is") });
    await using sides = await open("v2", ".");
    const built = [sides.base, sides.head].map((side) =>
      readFileSync(join(side.service?.directory ?? "", "built.txt"), "utf8"),
    );
    expect(built).toEqual(["first", "as it is"]);
  });

  it("that do not build end it with exit 4 and the last lines of the build, and leave nothing behind", async () => {
    commit({ "service/build.mjs": 'console.log("src/a.ts(3,7): error TS2322"); process.exit(2);' }, "broken");
    const error = await refused(open("main", "v1"));
    expect([error.code, error.exitCode]).toEqual(["PL_BUILD_FAILED", 4]);
    expect(error.message).toContain("building main: `node build.mjs` exited with code 2");
    expect(error.message).toContain("| src/a.ts(3,7): error TS2322");
    expect(worktrees()).toHaveLength(1);
  });

  it("whose lock file is another one are installed by its package manager; one that fails says how", async () => {
    commit({ "package-lock.json": '{ "lockfileVersion": 3, "of": "another time" }' }, "another lock");
    git("tag", "other");
    git("checkout", "--quiet", "v1");
    const error = await refused(open("other", "."));
    expect(said).toContain("installing the dependencies of other");
    expect([error.code, error.exitCode]).toEqual(["PL_BUILD_FAILED", 4]);
    expect(error.message).toContain("`npm ci --no-audit --no-fund` exited with code 1");
    expect(error.message).toMatch(/\| npm error .*package-lock\.json/);
    expect(error.message).not.toContain("Usage");
  });

  it("whose lock file is another one have what it says, and not what the checkout has", async () => {
    const linked = {
      "node_modules/@shop/engine": { resolved: "engine", link: true },
      engine: { name: "@shop/engine" },
    };
    const lock = {
      name: "root",
      lockfileVersion: 3,
      packages: { "": { name: "root", workspaces: ["engine"] }, ...linked },
    };
    commit(
      {
        "package.json": '{ "name": "root", "private": true, "workspaces": ["engine"] }',
        "package-lock.json": JSON.stringify(lock),
        "engine/index.mjs": 'export const work = "another engine";',
        "service/main.mjs": 'import { work } from "@shop/engine"; console.log(work);',
      },
      "another lock",
    );
    git("tag", "other");
    git("checkout", "--quiet", "v1");
    await using sides = await open("other", ".");
    expect(said).toContain("installing the dependencies of other");
    expect(started(sides.base)).toBe("another engine");
    expect(started(sides.head)).toBe("first engine from the registry");
  });

  it("without the service's folder say so", async () => {
    const error = await refused(open("v1", ".", { service: { ...service, directory: "gone" } }));
    expect(error.message).toContain("v1 has no folder gone");
  });
});

describe("words for sides that mean nothing", () => {
  it("are refused all at once, before anything is made", async () => {
    const error = await refused(open("v11", "shop:2"));
    expect([error.code, error.exitCode]).toEqual(["PL_USAGE", 4]);
    expect(error.problems.map(({ where, instead }) => [where, instead])).toEqual([
      ["--base v11", '"v1", image:v11 for an image'],
      ["--head shop:2", "--env containers, or a git ref"],
    ]);
    expect(existsSync(join(folder.path, ".proofload"))).toBe(false);
  });

  it("are an address beside a ref, and a ref where there is no git", async () => {
    expect((await refused(open("http://127.0.0.1:1", "."))).problems[0]?.instead).toBe("two addresses, or none");
    using elsewhere = scratchFolder();
    const error = await refused(open("main", ".", { configDirectory: elsewhere.path }));
    expect(error.problems[0]?.what).toContain("there is no git checkout");
  });
});

describe("sides that have no files here", () => {
  it("are an image for the container, and an address", async () => {
    await using images = await open("shop:1", "image:shop", { environment: "containers" });
    expect(images.base.service?.container).toEqual({ image: "shop:1" });
    expect(images.head.service?.container).toEqual({ image: "shop" });
    await using addresses = await open("http://127.0.0.1:1", "url:http://127.0.0.1:2");
    expect([addresses.base.url, addresses.head.url]).toEqual(["http://127.0.0.1:1", "http://127.0.0.1:2"]);
  });
});
