import { createHash } from "node:crypto";
import { access, chmod, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { checkK6, checkNode } from "../../harness/load/doctor.ts";
import { fetchArchive } from "../../harness/load/k6-archive.ts";
import { ensureK6 } from "../../harness/load/k6-binary.ts";
import { pinnedK6, temporaryFolder } from "./k6-bench.ts";

let realK6: string;
beforeAll(async () => {
  realK6 = (await pinnedK6()).path;
});

/** A world in which nothing can be downloaded, and PATH holds what the test put into `<folder>/bin` only. */
async function world(folder: string, programs: Readonly<Record<string, string>> = {}) {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const progress: string[] = [];
  return {
    progress,
    options: (more: Record<string, string> = {}, signal = new AbortController().signal) => ({
      env: { PATH: bin, HTTPS_PROXY: "http://127.0.0.1:1", ...more },
      cwd: folder,
      onProgress: (text: string) => void progress.push(text),
      signal,
    }),
  };
}

/** A `go` that writes the real k6 to where `go build -o` wants it. */
const buildingGo = (): string =>
  `echo "go: downloading example.org/x v1.0.0" >&2
while [ "$1" != "-o" ]; do shift; done
/bin/cp "${realK6}" "$2"`;

const cacheOf = (folder: string): string => join(folder, ".proofload", "bin");

describe("which k6 is used", () => {
  test("PROOFLOAD_K6 of another version is refused, and both versions are named", async () => {
    await using folder = await temporaryFolder();
    const { options } = await world(folder.path, { old: 'echo "k6 v1.1.0 (go1.24.5, linux/amd64)"' });
    const wanted = join(folder.path, "bin", "old");
    await expect(ensureK6(options({ PROOFLOAD_K6: wanted }))).rejects.toMatchObject({
      code: "PL_K6_VERSION",
      message: expect.stringMatching(/1\.1\.0.*2\.2\.0/s),
    });
    expect(await checkK6(options({ PROOFLOAD_K6: wanted }))).toMatchObject({ ok: false });
  });

  test("PROOFLOAD_K6 that cannot be run is named, and no other k6 is taken instead", async () => {
    await using folder = await temporaryFolder();
    const { options } = await world(folder.path, { go: buildingGo() });
    await expect(ensureK6(options({ PROOFLOAD_K6: "nowhere/k6" }))).rejects.toMatchObject({
      code: "PL_K6_MISSING",
      message: expect.stringContaining(join(folder.path, "nowhere/k6")),
    });
  });

  test("PATH is used when its k6 is the right one, and passed over when it is not", async () => {
    await using folder = await temporaryFolder();
    const { options } = await world(folder.path, { go: buildingGo() });
    await copyFile(realK6, join(folder.path, "bin", "k6"));
    expect(await ensureK6(options())).toMatchObject({ source: "PATH", version: "2.2.0" });

    await writeFile(join(folder.path, "bin", "k6"), '#!/bin/sh\necho "k6 v1.1.0 (x)"\n');
    expect(await ensureK6(options())).toMatchObject({ source: "go build", version: "2.2.0" });
  });

  test("what was built once is taken from the cache the next time, and doctor sees it", async () => {
    await using folder = await temporaryFolder();
    const { options, progress } = await world(folder.path, { go: buildingGo() });
    expect(await checkK6(options())).toMatchObject({ ok: false, remedy: expect.any(String) });
    const built = await ensureK6(options());
    expect(built).toMatchObject({ source: "go build", path: join(cacheOf(folder.path), "k6-2.2.0", "k6") });
    expect(progress.join("\n")).toContain("1 modules downloaded");
    expect(await ensureK6(options())).toMatchObject({ source: "cache", path: built.path });
    expect(await checkK6(options())).toMatchObject({ ok: true, found: expect.stringContaining(built.path) });
  });

  test("PROOFLOAD_CACHE moves the cache", async () => {
    await using folder = await temporaryFolder();
    const { options } = await world(folder.path, { go: buildingGo() });
    const found = await ensureK6(options({ PROOFLOAD_CACHE: "elsewhere" }));
    expect(found.path).toBe(join(folder.path, "elsewhere", "k6-2.2.0", "k6"));
  });

  test("where no way leads to k6, each way is listed with why it failed and what to do", async () => {
    await using folder = await temporaryFolder();
    const { options } = await world(folder.path);
    const error: unknown = await ensureK6(options()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "PL_K6_MISSING",
      problems: expect.arrayContaining([
        expect.objectContaining({ where: "PATH" }),
        expect.objectContaining({
          where: expect.stringContaining("github.com/grafana/k6"),
          instead: expect.any(String),
        }),
        expect.objectContaining({ where: expect.stringContaining("go build"), what: expect.stringContaining("go") }),
      ]),
    });
    expect(await readdir(cacheOf(folder.path))).toEqual([]);
  });
});

describe("nothing unchecked is run, nothing half-made is left", () => {
  test("a cached k6 that was changed is refused and not run", async () => {
    await using folder = await temporaryFolder();
    const { options } = await world(folder.path, { go: buildingGo() });
    const { path } = await ensureK6(options());
    const trace = join(folder.path, "was-run");
    await writeFile(path, `#!/bin/sh\n: > ${trace}\necho "k6 v2.2.0 (x)"\n`);

    await expect(ensureK6(options())).rejects.toMatchObject({ code: "PL_K6_CHECKSUM" });
    expect(await checkK6(options())).toMatchObject({ ok: false, remedy: expect.stringContaining("rm -r") });
    await expect(access(trace)).rejects.toThrow();
  });

  test("a build that is interrupted ends with its compiler and leaves nothing", async () => {
    await using folder = await temporaryFolder();
    const pidFile = join(folder.path, "pid");
    const { options, progress } = await world(folder.path, {
      go: `while [ "$1" != "-o" ]; do shift; done\necho half > "$2"\necho $$ > ${pidFile}\necho "go: downloading a v1" >&2\nexec /bin/sleep 600`,
    });
    const interrupted = new AbortController();
    const building = ensureK6(options({}, interrupted.signal));
    const settled = expect(building).rejects.toThrow("Ctrl-C");
    while (!progress.some((text) => text.includes("modules"))) await new Promise((resolve) => setTimeout(resolve, 10));
    interrupted.abort(new Error("Ctrl-C"));
    await settled;
    expect(await readdir(cacheOf(folder.path))).toEqual([]);
    const pid = Number(await readFile(pidFile, "utf8"));
    expect(() => process.kill(pid, 0)).toThrow();
  });

  test("a build that gives another version is refused and leaves nothing", async () => {
    await using folder = await temporaryFolder();
    const { options } = await world(folder.path, {
      go: `while [ "$1" != "-o" ]; do shift; done\nprintf '#!/bin/sh\\necho "k6 v2.1.0 (x)"\\n' > "$2"`,
    });
    await expect(ensureK6(options())).rejects.toMatchObject({
      code: "PL_K6_MISSING",
      problems: expect.arrayContaining([expect.objectContaining({ what: expect.stringContaining("2.1.0") })]),
    });
    expect(await readdir(cacheOf(folder.path))).toEqual([]);
  });

  test("an archive is unpacked only when its sha256 is the pinned one", async () => {
    await using folder = await temporaryFolder();
    const content = Buffer.from("#!/bin/sh\necho k6\n");
    const archive = gzipSync(tarOf("k6-v2.2.0-linux-amd64/k6", content));
    const server = createServer((_request, response) => response.end(archive));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/k6.tar.gz`;
      const sha256 = createHash("sha256").update(archive).digest("hex");
      const of = { url, member: "k6-v2.2.0-linux-amd64/k6" };
      const [good, bad] = [join(folder.path, "good"), join(folder.path, "bad")];
      const signal = new AbortController().signal;
      await fetchArchive({ ...of, sha256 }, good, {}, () => {}, signal);
      await expect(
        fetchArchive(
          { ...of, sha256: sha256.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) },
          bad,
          {},
          () => {},
          signal,
        ),
      ).rejects.toMatchObject({ code: "PL_K6_CHECKSUM" });
      expect(await readdir(folder.path)).toEqual(["good"]);
    } finally {
      server.close();
    }
  });
});

test("doctor knows which Node is too old", () => {
  expect(checkNode("20.20.2")).toMatchObject({ ok: false, remedy: expect.stringContaining("npm ci") });
  expect(checkNode("24.6.0").ok).toBe(false);
  expect([checkNode("24.7.0").ok, checkNode("26.0.0").ok]).toEqual([true, true]);
});

/** A tar with one file. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(content.length.toString(8).padStart(11, "0"), 124);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
