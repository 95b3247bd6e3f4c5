import { mkdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../e2e/cli.ts";
import { INFLUX_LINES, startInfluxd } from "../influx/server.ts";
import { startCollect } from "./collect-support.ts";
import { temporaryFolder } from "./k6-bench.ts";
import { databaseTotals, summaryTotals } from "./kill-support.ts";
import { k6Script, type Responder, startK6, startResponder } from "./otlp-k6.ts";

let service: Responder;
beforeAll(async () => {
  service = await startResponder();
});
afterAll(() => service[Symbol.asyncDispose]());

const OPEN = 'executor: "constant-arrival-rate", rate: 200, preAllocatedVUs: 20, duration: "2s"';

describe.each(INFLUX_LINES)("proofload collect with InfluxDB %s", (line) => {
  it("has everything that k6 sent in the log and in the database when it ends", async () => {
    await using server = await startInfluxd(line);
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "collected");
    const env = { ...server.env };
    await using collect = await startCollect(directory, { env, args: ["--json"] });
    const otlp = { host: collect.address, path: collect.path };
    const k6 = await startK6(folder.path, { script: k6Script(OPEN), baseUrl: service.url, otlp });
    const summary = await k6.summary;
    const { exitCode, stdout, stderr } = await collect.end();
    expect(exitCode, stderr).toBe(0);
    const collected = JSON.parse(stdout);
    expect(collected.totals).toMatchObject(Object.fromEntries(summary.totals()));
    expect(collected.stream).toMatchObject({ bucket: server.bucket, rejectedLines: 0 });
    expect(await databaseTotals(server, collected.runId)).toEqual(summaryTotals(summary));
    // It says nothing that nobody should know.
    expect(`${stdout}${stderr}`).not.toContain(server.token);
  });
});

describe("proofload collect", () => {
  it("keeps its address and its log over restarts, to itself", async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "collected");
    const first = await startCollect(directory);
    await fetch(first.url, { method: "POST", body: "no export, but acknowledged" });
    expect((await stat(join(directory, "address.json"))).mode & 0o077).toBe(0);
    expect((await stat(join(directory, "k6.env"))).mode & 0o077).toBe(0);

    const second = await run(["collect", "--output", directory, "--port", "0"], { cwd: folder.path });
    expect(second.exitCode).toBe(4);
    expect(second.stderr).toMatch(/PL_RUN_DIRECTORY: .* is in use by `collect`, process \d+/);

    await first.kill();
    const log = join(directory, "scenarios", "collect", "metrics.otlp");
    await truncate(log, (await stat(log)).size - 3);
    await using again = await startCollect(directory);
    expect(again.url).toBe(first.url);
    const { exitCode, stderr, stdout } = await again.end();
    expect(exitCode).toBe(0);
    expect(stderr).toContain("bytes of an export that was never acknowledged were cut off its end");
    expect(stdout).toContain("0 exports kept");
    expect((await stat(`${log}.torn-1`)).size).toBeGreaterThan(30);
  });

  it("takes the secret from a file, and refuses one that is none", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "secret");
    await writeFile(file, "0123456789-abcdefghij\n");
    const args = ["--secret-file", file];
    await using collect = await startCollect(join(folder.path, "collected"), { args });
    expect(collect.path).toBe("/0123456789-abcdefghij/v1/metrics");
    expect((await fetch(`http://${collect.address}/v1/metrics`, { method: "POST", body: "x" })).status).toBe(404);
    await writeFile(file, "short");
    const refused = await run(["collect", "--output", "other", ...args], { cwd: folder.path });
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain("must hold 16 to 128 letters");
  });

  it("refuses a folder that holds something else, and leaves it as it is", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "mine"));
    await writeFile(join(folder.path, "mine", "thesis.txt"), "years of work");
    const refused = await run(["collect", "--output", "mine"], { cwd: folder.path });
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain("was not made by `proofload collect`: it holds thesis.txt");
    expect(await readFile(join(folder.path, "mine", "thesis.txt"), "utf8")).toBe("years of work");
  });

  it("says which port is taken", async () => {
    await using folder = await temporaryFolder();
    const port = new URL(service.url).port;
    const refused = await run(["collect", "--output", "c", "--port", port], { cwd: folder.path });
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain(`PL_PORT_TAKEN: port ${port}`);
  });
});
