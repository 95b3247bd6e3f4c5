import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, it } from "vitest";
import { readInfluxSettings } from "../../harness/collect/influx/settings.ts";
import { WANTED } from "../../harness/commands/env-file.ts";
import { folder, ROOT, run } from "./cli.ts";

const init = (cwd: string, ...more: readonly string[]) => run(["init", ...more], { cwd });

it("`proofload init` in an empty folder: secrets readable by the user alone, and a configuration that plans", async () => {
  await using here = await folder();
  const { exitCode, stdout, stderr } = await init(here.path);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const file = join(here.path, ".env");
  const text = await readFile(file, "utf8");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const secrets = WANTED.filter((name) => !name.endsWith("_URL")).map((name) => parseEnv(text)[name] ?? "");
  expect(new Set(secrets).size, "no secret twice").toBe(secrets.length);
  for (const secret of secrets) {
    expect(secret).toMatch(/^[0-9a-f]{48}$/);
    expect(stdout, "no secret on the terminal").not.toContain(secret);
  }
  const planned = await run(["plan", "quick"], { cwd: here.path });
  expect(planned).toMatchObject({ exitCode: 0, stderr: "" });
  expect(planned.stdout).toContain("GET /");
});

it("what `proofload init` wrote is what a run reads, with the ports that were asked for", async () => {
  await using here = await folder();
  await init(here.path, "--influx-port", "18086", "--grafana-port", "13000");
  expect(await readInfluxSettings({}, here.path)).toEqual({
    url: "http://127.0.0.1:18086",
    org: "proofload",
    bucket: "proofload",
    token: parseEnv(await readFile(join(here.path, ".env"), "utf8"))["PROOFLOAD_INFLUX_TOKEN"],
    grafanaUrl: "http://127.0.0.1:13000",
  });
});

it("a second `proofload init` changes no byte, and two folders share no secret", async () => {
  await using here = await folder();
  await using there = await folder();
  await Promise.all([init(here.path), init(there.path)]);
  const before = await contents(here.path);
  expect((await init(here.path, "--influx-port", "9999")).exitCode).toBe(0);
  expect(await contents(here.path)).toEqual(before);
  const token = (text: string | undefined) => parseEnv(text ?? "")["PROOFLOAD_INFLUX_TOKEN"];
  expect(token((await contents(there.path))[".env"])).not.toBe(token(before[".env"]));
});

it("adds .env to a .gitignore that does not name it, once, on a line of its own", async () => {
  await using here = await folder();
  const file = join(here.path, ".gitignore");
  await writeFile(file, "node_modules/");
  await init(here.path);
  await init(here.path);
  expect(await readFile(file, "utf8")).toBe("node_modules/\n.env\n");
});

it("a .env and a configuration that are there are kept, and what .env lacks is named, all at once", async () => {
  await using here = await folder();
  await writeFile(join(here.path, ".env"), "DATABASE_URL=mine\nPROOFLOAD_INFLUX_TOKEN=mine\n");
  await chmod(join(here.path, ".env"), 0o640);
  await writeFile(join(here.path, "proofload.config.ts"), "export default mine;\n");
  const before = await contents(here.path);
  const { exitCode, stderr } = await init(here.path);
  expect(exitCode).toBe(4);
  const missing = WANTED.filter((name) => stderr.includes(`${name} is not set`));
  expect(missing).toEqual(WANTED.filter((name) => name !== "PROOFLOAD_INFLUX_TOKEN"));
  expect(await contents(here.path)).toEqual(before);
});

it("this repository ignores .env, too", async () => {
  expect(await readFile(join(ROOT, ".gitignore"), "utf8")).toMatch(/^\.env$/m);
});

it("refuses a port that is none, and one port for both, before it writes anything", async () => {
  await using here = await folder();
  expect(await init(here.path, "--influx-port", "0")).toMatchObject({ exitCode: 4, stdout: "" });
  expect(await init(here.path, "--grafana-port", "8086")).toMatchObject({ exitCode: 4, stdout: "" });
  expect(await readdir(here.path)).toEqual([]);
});

async function contents(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map(({ parentPath, name }) => join(parentPath, name)).sort();
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return Object.fromEntries(files.map((file, at) => [file.slice(directory.length + 1), texts[at] ?? ""]));
}
