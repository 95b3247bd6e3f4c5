import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseEnv, promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../harness/collect/record.ts";
import { SECRETS } from "../../harness/commands/env-file.ts";
import { freePorts } from "../../harness/environment/free-port.ts";
import type { Verdict } from "../../harness/verdict/verdict.ts";
import { INFLUXD_VERSIONS } from "../../tools/influxd/releases.ts";
import { requireDocker } from "../docker/docker-command.ts";
import { influxdbImage } from "../docker/images.ts";
import { folder, json, ROOT, run, runDirectory } from "./cli.ts";

/** The least that can be driven: what somebody brings who starts with `proofload init`. */
const SERVICE = `require("node:http")
  .createServer((request, response) => response.end("hello"))
  .listen(Number(process.env.PORT), "127.0.0.1");
`;

describe("docker-compose.yml with the .env of `proofload init`", () => {
  let here: Awaited<ReturnType<typeof folder>>;
  let values: NodeJS.Dict<string>;
  const project = `proofload-test-${randomBytes(4).toString("hex")}`;
  const environment: Record<string, string> = { COMPOSE_PROJECT_NAME: project };

  /** As a user types it, in the folder; `more` stands before what .env says. */
  async function compose(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> {
    const env = { PATH: process.env["PATH"], DOCKER_HOST: process.env["DOCKER_HOST"], ...environment, ...more };
    const { stdout } = await promisify(execFile)("docker-compose", args, { cwd: here.path, env });
    return stdout;
  }

  beforeAll(async () => {
    await requireDocker();
    here = await folder();
    await copyFile(join(ROOT, "docker-compose.yml"), join(here.path, "docker-compose.yml"));
    await writeFile(join(here.path, "server.js"), SERVICE);
    const [influxPort, grafanaPort] = await freePorts(2);
    const ports = ["--influx-port", String(influxPort), "--grafana-port", String(grafanaPort)];
    expect(await run(["init", ...ports], { cwd: here.path })).toMatchObject({ exitCode: 0 });
    values = parseEnv(await readFile(join(here.path, ".env"), "utf8"));
    environment["PROOFLOAD_COMPOSE_INFLUXDB_IMAGE"] = await influxdbImage();
  });

  afterAll(async () => {
    await compose(["down", "--volumes"]);
    await here[Symbol.asyncDispose]();
  });

  it("is valid, publishes ports to this machine alone, and takes the version that the tests build", async () => {
    const shown = await compose(["config"], { PROOFLOAD_COMPOSE_INFLUXDB_IMAGE: "" });
    const ports = [...shown.matchAll(/^ +- (\S+):(\d+)\/tcp$/gm)].map(([, outside, inside]) => [outside, inside]);
    expect(ports).toEqual([
      [`127.0.0.1:${values["PROOFLOAD_COMPOSE_GRAFANA_PORT"]}`, "3000"],
      [`127.0.0.1:${values["PROOFLOAD_COMPOSE_INFLUXDB_PORT"]}`, "8086"],
    ]);
    expect(shown).toContain(`image: influxdb:${INFLUXD_VERSIONS["2.7"]}\n`);
    expect(shown).toMatch(/image: grafana\/grafana:\d+\.\d+\.\d+\n/);
  });

  it("gives Grafana every folder and variable that its provisioning asks for", async () => {
    const shown = await compose(["config"]);
    const mounts = [...shown.matchAll(/^ +- (\/\S+):(\/\S+):ro$/gm)].map(([, outside = ""]) =>
      relative(here.path, outside),
    );
    expect(mounts).toEqual(["dashboards/provisioning", "dashboards/generated"]);
    const grafana = shown.slice(shown.indexOf("\n  grafana:"), shown.indexOf("\n  influxdb:"));
    for (const mount of mounts) {
      const entries = await readdir(join(ROOT, mount), { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
      expect(files.length, mount).toBeGreaterThan(0);
      if (mount.endsWith("generated")) continue;
      const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
      const wanted = new Set(texts.join("").match(/(?<=\$\{?)PROOFLOAD_[A-Z_]+/g));
      expect(wanted.size).toBeGreaterThan(0);
      for (const name of wanted) expect(grafana).toMatch(new RegExp(`^ +${name}: \\S+$`, "m"));
    }
  });

  it.each(SECRETS)("does not start without %s: there is no default", async (name) => {
    await expect(compose(["config"], { [name]: "" })).rejects.toThrow(/proofload init/);
  });

  it("becomes healthy, takes the token of .env and no other, and a run finds it with no further flag", async () => {
    await compose(["up", "--detach"], { COMPOSE_PROFILES: "" });
    expect((await compose(["ps", "--services", "--filter", "status=running"])).trim()).toBe("influxdb");
    await healthy(`${project}_influxdb_1`);

    const ended = await run(["run", "quick"], { cwd: here.path });
    const directory = await runDirectory(here.path);
    // Whatever else this machine did meanwhile: never a failure, and never books that do not close.
    const { sentence } = await json<Verdict>(join(directory, "verdict.json"));
    expect(sentence, ended.stdout + ended.stderr).toMatch(/^(PASS: all|INVALID\((generator|noisy host)\))/);
    const record = await json<RunRecord>(join(directory, "record.json"));
    const said = (ended.stdout + ended.stderr).replaceAll(/\s+/g, " ");
    expect(said).toContain(`${values["PROOFLOAD_GRAFANA_URL"]}/d/proofload-live?`);
    expect(said).toContain(`var-run=${record.runId}`);

    const requests = record.scenarios[0]?.books.lines.find(({ metric }) => metric === "http_reqs");
    expect(requests?.k6).toBeGreaterThan(1000);
    const stored = `SELECT SUM("count") FROM "requests" WHERE "run" = '${record.runId}'`;
    expect(await influxql(stored, values["PROOFLOAD_INFLUX_TOKEN"] ?? "")).toContain(`,${requests?.k6}]`);
    expect(await influxql(stored, "0".repeat(48))).toContain("Unauthorized");

    // Volumes outlive the containers; the set-up is not done again.
    await compose(["down"]);
    await compose(["up", "--detach"], { COMPOSE_PROFILES: "" });
    await healthy(`${project}_influxdb_1`);
    expect(await influxql(stored, values["PROOFLOAD_INFLUX_TOKEN"] ?? "")).toContain(`,${requests?.k6}]`);
  });

  /** The raw answer. */
  async function influxql(statement: string, token: string): Promise<string> {
    const url = new URL("/query", values["PROOFLOAD_INFLUX_URL"]);
    url.search = new URLSearchParams({ db: "proofload", q: statement }).toString();
    return (await fetch(url, { headers: { authorization: `Token ${token}` } })).text();
  }
});

async function healthy(container: string): Promise<void> {
  const ask = ["inspect", "--format", "{{.State.Health.Status}} {{.State.Status}}", container];
  for (let tries = 0; tries < 120; tries += 1) {
    const { stdout } = await promisify(execFile)("docker", ask);
    if (stdout.startsWith("healthy")) return;
    if (!stdout.includes("running")) break;
    await sleep(500);
  }
  const { stdout, stderr } = await promisify(execFile)("docker", ["logs", "--tail", "30", container]);
  throw new Error(`${container} did not become healthy:\n${stdout}${stderr}`);
}
