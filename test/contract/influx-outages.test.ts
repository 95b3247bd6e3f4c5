import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createInfluxClient } from "../../harness/collect/influx/client.ts";
import type { RunRecord, ScenarioRecord, StreamBooks } from "../../harness/collect/record.ts";
import { json, run } from "../e2e/cli.ts";
import { type Fault, startFaultProxy } from "../influx/fault-proxy.ts";
import { INFLUX_LINES, startInfluxd } from "../influx/server.ts";
import { runShop } from "../influx/streamed-run.ts";

const RATE = 40;
const openLoad = (seconds: number) => ({
  scenarios: {
    shop: {
      executor: "constant-arrival-rate",
      rate: RATE,
      duration: `${seconds}s`,
      preAllocatedVUs: 20,
    },
  },
});

function expectEverythingWritten(stream: StreamBooks, context: string): void {
  expect(stream.trouble, context).toBeUndefined();
  expect(stream.lines.length).toBeGreaterThan(14);
  expect(stream.lines.filter(({ sent, written, pending }) => sent !== written || pending !== 0)).toEqual([]);
}

/** Two requests an iteration, as many as without a fault; one arrival more or less is a matter of the clock. */
function expectUndisturbed({ endpoints }: ScenarioRecord, seconds: number): void {
  const measured = endpoints.filter(({ phase, endpoint }) => phase === "measured" && endpoint !== "items.slow");
  const requests = measured.reduce((sum, endpoint) => sum + endpoint.requests, 0);
  const planned = 2 * RATE * seconds;
  expect(Math.abs(requests - planned)).toBeLessThanOrEqual(Math.max(2, planned / 100));
}

const part = { kind: "cut", upstreamGot: "part" } as const;
const all = { kind: "cut", upstreamGot: "all" } as const;
const status = { kind: "status", status: 503 } as const;

describe.each(INFLUX_LINES)("InfluxDB %s on a bad day", (line) => {
  it.each<[string, number, Fault, number]>([
    ["down for 10 s", 14, { kind: "down" }, 10],
    ["answering 503 to most requests", 6, { kind: "storm", seed: 7, share: 0.7, faults: [status] }, 6],
    ["answering 429 with Retry-After", 6, { kind: "status", status: 429, retryAfterSeconds: 2 }, 4],
    ["5 s late", 3, { kind: "latency", ms: 5000 }, 60],
    ["cutting connections in mid-body", 6, { kind: "storm", seed: 11, share: 0.6, faults: [part, all] }, 6],
  ])("%s: nothing is lost, and the load is the same", async (_, seconds, fault, lasts) => {
    await using server = await startInfluxd(line);
    await using proxy = await startFaultProxy(server.url);
    const env = { ...server.env, PROOFLOAD_INFLUX_URL: proxy.url };
    const meanwhile = async () => {
      await proxy.set(fault);
      if (lasts < 60) void sleep(lasts * 1000).then(() => proxy.set({ kind: "none" }));
    };
    await runShop(env, { load: openLoad(seconds), meanwhile }, async ({ stream, scenario, ended }) => {
      expectEverythingWritten(stream, ended.stderr);
      expectUndisturbed(scenario, seconds);
    });
  });

  it("down for the whole run: it is judged all the same, and `proofload stream` sends what is still in the log", async () => {
    await using server = await startInfluxd(line);
    await using proxy = await startFaultProxy(server.url);
    await proxy.set({ kind: "down" });
    const env = { ...server.env, PROOFLOAD_INFLUX_URL: proxy.url };
    await runShop(env, { load: openLoad(3) }, async ({ stream, scenario, ended, cwd, directory, record }) => {
      expectUndisturbed(scenario, 3);
      expect(stream.trouble).toContain("ECONNREFUSED");
      expect(stream.lines.every(({ sent, written, pending }) => written === undefined && pending === sent)).toBe(true);
      expect(ended.stderr).toContain("the database is away");
      expect(ended.stderr).toContain(`proofload stream ${record.runId}`);

      const refused = await run(["stream", "last", "--patience", "1s"], { cwd, env });
      expect(refused.exitCode).toBe(4);
      expect(refused.stderr).toContain("PL_INFLUX");

      await proxy.set({ kind: "none" });
      const first = await run(["stream", "last", "--json"], { cwd, env });
      expect(first.exitCode, first.stderr).toBe(0);
      const now = await json<RunRecord>(join(directory, "record.json"));
      const books = now.scenarios[0]?.books.stream;
      if (books === undefined) throw new Error("the record has no books of the stream");
      expectEverythingWritten(books, first.stderr);

      const client = createInfluxClient(server);
      const everything = () => client.query("SELECT * FROM /.*/");
      const once = await everything();
      const again = await run(["stream", record.runId, "--json"], { cwd, env });
      expect(JSON.parse(again.stdout)).toEqual(JSON.parse(first.stdout));
      expect(await everything()).toEqual(once);
      client.close();
    });
  });

  it("refusing the token: the run is judged all the same, says what to mend, and shows the token nowhere", async () => {
    await using server = await startInfluxd(line);
    const token = line === "1.8" ? "proofload:plainly-wrong" : "plainly-wrong";
    await runShop({ ...server.env, PROOFLOAD_INFLUX_TOKEN: token }, { load: openLoad(2) }, async (shop) => {
      const { stream, ended, cwd, directory } = shop;
      expect(stream.trouble).toContain("set PROOFLOAD_INFLUX_TOKEN");
      expect(stream.lines.every(({ sent, pending }) => sent === pending)).toBe(true);
      expect(ended.stderr).toContain("nothing more is streamed");
      const again = await run(["stream", "last"], { cwd, env: { ...server.env, PROOFLOAD_INFLUX_TOKEN: token } });
      expect(again.exitCode).toBe(4);
      expect(again.stderr).toContain("set PROOFLOAD_INFLUX_TOKEN");
      expect(await filesWith("plainly-wrong", directory)).toEqual([]);
      expect([ended, again].map(({ stdout, stderr }) => stdout + stderr).join()).not.toContain("plainly-wrong");

      const mended = await run(["stream", "last"], { cwd, env: server.env });
      expect(mended.exitCode, mended.stderr).toBe(0);
      const secret = server.token.split(":").at(-1) ?? "";
      expect(await filesWith(secret, directory)).toEqual([]);
      expect(mended.stdout + mended.stderr).not.toContain(secret);
    });
  });

  it("refusing one line for its type: that one is counted with its reason, everything else is written", async () => {
    await using server = await startInfluxd(line);
    const client = createInfluxClient(server);
    // Only the slow answer falls into this bucket: its line alone has the field.
    expect(await client.write([`requests,run=other le_4096=0.5 ${Date.now()}`])).toEqual({ kind: "written" });
    client.close();
    await runShop(server.env, { load: openLoad(4), slow: true }, async ({ stream, scenario, directory }) => {
      expectUndisturbed(scenario, 4);
      const { lines, rejectedLines, reasons, trouble } = stream;
      expect(trouble).toBeUndefined();
      expect(reasons).toEqual([expect.stringMatching(/field type conflict.*le_4096/)]);
      const kept = (await readFile(join(directory, "rejected.jsonl"), "utf8")).trim().split("\n");
      expect(kept).toHaveLength(rejectedLines);
      expect(new Set(kept.map((text) => JSON.parse(text).line.split(" ")[0])).size).toBe(1);
      expect(lines.filter(({ sent, written, rejected }) => sent !== (written ?? 0) + rejected)).toEqual([]);
      expect(lines.filter(({ rejected }) => rejected > 0).map(({ metric, rejected }) => [metric, rejected])).toEqual([
        ["http_req_duration", 1],
        ["http_reqs", 1],
      ]);
    });
  });
});

/** Files below a folder that hold the text. */
async function filesWith(text: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files.length).toBeGreaterThan(8);
  const found = await Promise.all(files.map(async (file) => ((await readFile(file)).includes(text) ? [file] : [])));
  return found.flat();
}
