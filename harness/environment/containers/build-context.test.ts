import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { contextFiles, contextHash, stageContext } from "./build-context.ts";

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "proofload-context-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const workspace = {
  ".dockerignore": "# all but the service\n*\n!package.json\n!targets/shop/src\n**/*.test.ts\n",
  "package.json": "{}",
  "README.md": "words",
  "node_modules/big/index.js": "0",
  "targets/shop/Dockerfile": "FROM scratch",
  "targets/shop/src/main.ts": "1",
  "targets/shop/src/deep/part.ts": "2",
  "targets/shop/src/deep/part.test.ts": "3",
  "targets/other/src/main.ts": "4",
};

test("a context holds what .dockerignore leaves, and the Dockerfile", async () => {
  expect(await contextFiles(folder(workspace), "targets/shop/Dockerfile")).toEqual([
    "package.json",
    "targets/shop/Dockerfile",
    "targets/shop/src/deep/part.ts",
    "targets/shop/src/main.ts",
  ]);
});

test("without .dockerignore it holds every file", async () => {
  const { ".dockerignore": _, ...rest } = workspace;
  expect(await contextFiles(folder(rest), "targets/shop/Dockerfile")).toEqual(Object.keys(rest).sort());
});

test("the hash is that of the content: files, their right to be run, and what else the image depends on", async () => {
  const hashOf = async (path: string, more: unknown = {}) =>
    contextHash(path, await contextFiles(path, "targets/shop/Dockerfile"), more);
  const path = folder(workspace);
  const hash = await hashOf(path);
  expect(await hashOf(folder(workspace))).toBe(hash);
  writeFileSync(join(path, "README.md"), "other words");
  expect(await hashOf(path)).toBe(hash);
  expect(await hashOf(path, { base: "sha256:1" })).not.toBe(hash);
  expect(await hashOf(folder({ ...workspace, "targets/shop/src/main.ts": "5" }))).not.toBe(hash);
  expect(await hashOf(folder({ ...workspace, "targets/shop/src/more.ts": "" }))).not.toBe(hash);
  chmodSync(join(path, "targets/shop/src/main.ts"), 0o755);
  expect(await hashOf(path)).not.toBe(hash);
});

test("what is staged is what was listed, and nothing else", async () => {
  const from = folder(workspace);
  const to = folder({});
  const files = await contextFiles(from, "targets/shop/Dockerfile");
  await stageContext(from, files, to);
  const staged = readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(staged).toHaveLength(files.length);
  expect(readFileSync(join(to, "targets/shop/src/deep/part.ts"), "utf8")).toBe("2");
});
