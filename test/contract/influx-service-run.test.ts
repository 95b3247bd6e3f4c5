import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createInfluxClient, type InfluxClient } from "../../harness/collect/influx/client.ts";
import type { RunRecord } from "../../harness/collect/record.ts";
import type { ResourceSample } from "../../harness/collect/resource-sampler.ts";
import type { Verdict } from "../../harness/verdict/verdict.ts";
import { DEMO_CONFIG, folder, json, ROOT, run, runDirectory } from "../e2e/cli.ts";
import { INFLUX_LINES, startInfluxd } from "../influx/server.ts";

const GRAFANA = "http://127.0.0.1:3000";

async function one(client: InfluxClient, influxql: string) {
  const rows = await client.query(influxql);
  expect(rows, influxql).toHaveLength(1);
  return rows[0]?.values ?? {};
}

describe.each(INFLUX_LINES)("a run of the reference service that streams to InfluxDB %s", (line) => {
  it("has its windows, resources, summary, verdict and itself in the database, and links to the live dashboard", async () => {
    await using server = await startInfluxd(line);
    await using here = await folder();
    // As a user has it after `proofload init`: nothing in the environment, all in .env.
    const variables = { ...server.env, PROOFLOAD_GRAFANA_URL: GRAFANA };
    await writeFile(
      join(here.path, ".env"),
      Object.entries(variables)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    );
    const options = { cwd: here.path };
    const ended = await run(["run", "reading", "--config", DEMO_CONFIG, "--share-host"], options);
    const directory = await runDirectory(here.path);
    const record = await json<RunRecord>(join(directory, "record.json"));
    const verdict = await json<Verdict>(join(directory, "verdict.json"));
    const [scenario] = record.scenarios;
    const stream = scenario?.books.stream;
    expect(stream?.trouble, ended.stderr).toBeUndefined();
    const metrics = stream?.lines.map(({ metric }) => metric);
    expect(metrics).toEqual(expect.arrayContaining(["canary_latency", "latency", "start_lag", "dropped_iterations"]));
    expect(stream?.lines.filter(({ sent, written }) => sent !== written)).toEqual([]);

    const link = `${GRAFANA}/d/proofload-live?var-run=${record.runId}&from=${Date.parse(record.createdAt)}&to=`;
    expect(ended.stderr).toContain(`live dashboard: ${link}now`);
    expect(ended.stdout).toMatch(new RegExp(`${link.replaceAll(/[?.]/g, "\\$&")}\\d{13}\n`));

    const client = createInfluxClient(server);
    const where = `"run" = '${record.runId}' AND "scenario" = 'reading'`;
    const read = scenario?.endpoints.find(
      ({ endpoint, phase }) => endpoint === "templates.read" && phase === "measured",
    );
    const measured = await one(
      client,
      `SELECT sum("count") AS n, sum("errors") AS e FROM "requests" WHERE ${where} AND "endpoint" = 'templates.read' AND "phase" = 'measured'`,
    );
    expect(measured).toMatchObject({ n: read?.requests, e: read?.failed });
    const samples = (await readFile(join(directory, "scenarios", "reading", "resources.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((text): ResourceSample => JSON.parse(text));
    const cpu = samples.flatMap(({ values }) => values["service.cpu"] ?? []);
    const resources = await one(
      client,
      `SELECT count("cpu") AS n, max("cpu") AS most, max("rel_ms") AS until FROM "resources" WHERE ${where} AND "part" = 'service'`,
    );
    expect(resources["n"]).toBe(cpu.length);
    expect(resources["most"]).toBeCloseTo(Math.max(...cpu), 9);
    expect(resources["until"]).toBeGreaterThan(12_000);
    expect(
      await one(client, `SELECT "p95", "requests" FROM "summary" WHERE ${where} AND "endpoint" = 'templates.read'`),
    ).toEqual({
      time: Date.parse(record.commit?.time ?? record.createdAt),
      p95: read?.latency?.p95,
      requests: read?.requests,
    });
    expect((await one(client, `SELECT "verdict" FROM "verdicts" WHERE ${where}`))["verdict"]).toBe(verdict.kind);
    expect((await one(client, `SELECT "text" FROM "annotations" WHERE "run" = '${record.runId}'`))["text"]).toBe(
      verdict.sentence,
    );
    expect(
      (await one(client, `SELECT count("limit") AS n FROM "budgets" WHERE ${where} AND "endpoint" = 'templates.read'`))[
        "n"
      ],
    ).toBe(2);

    // Somebody damages the log: what the rest of it says takes the place of what was there, and nothing stale is left.
    const log = join(directory, "scenarios", "reading", "metrics.otlp");
    const bytes = await readFile(log);
    // Several: an export that k6 sent twice, or that shares its second with the next, can be lost without a trace.
    const place = (part: number) => Math.floor(bytes.length * part);
    for (const part of [0.4, 0.5, 0.6, 0.7]) bytes.writeUInt8(bytes.readUInt8(place(part)) ^ 1, place(part));
    await writeFile(log, bytes);
    // Counts alone could be as before: those of an export that is gone are shared out evenly over the time it covered. Times
    // of so many requests are never the same in two windows.
    const perWindow = 'SELECT "count", "duration_sum" FROM "requests"';
    const before = await client.query(perWindow);
    const damaged = await run(["stream", "last"], options);
    expect(damaged.exitCode, damaged.stderr).toBe(0);
    expect(damaged.stderr).toContain("the raw log is damaged");
    const points = await client.query(perWindow);
    expect(before.length).toBeGreaterThan(20);
    expect(points).not.toEqual(before);
    expect(await client.deleteRun(record.runId)).toBe(true);
    expect(await client.query("SELECT * FROM /.*/")).toEqual([]);
    expect((await run(["stream", "last"], options)).exitCode).toBe(0);
    expect(await client.query(perWindow)).toEqual(points);
    client.close();
  });

  it("has micro-benchmarks in the database too", async () => {
    await using server = await startInfluxd(line);
    await using here = await folder();
    const config = join(ROOT, "proofload.config.ts");
    const options = { cwd: here.path, env: server.env };
    const ended = await run(["micro", "error-building", "--quick", "--config", config, "--share-host"], options);
    const record = await json<RunRecord>(join(await runDirectory(here.path), "record.json"));
    const [bench] = record.micro?.[0]?.benches ?? [];
    const client = createInfluxClient(server);
    const query = `SELECT "mean" FROM "micro" WHERE "run" = '${record.runId}' AND "bench" = '${bench?.name}'`;
    expect((await one(client, query))["mean"], ended.stderr).toBeCloseTo(bench?.time.mean ?? 0, 6);
    const all = await client.query('SELECT * FROM "micro"');
    expect((await run(["stream", "last"], options)).exitCode).toBe(0);
    expect(await client.query('SELECT * FROM "micro"')).toEqual(all);
    client.close();
  });
});
