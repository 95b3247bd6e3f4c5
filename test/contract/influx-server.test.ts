import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isAlive } from "../../harness/environment/processes.ts";
import { INFLUXD_VERSIONS } from "../../tools/influxd/releases.ts";
import { influxql, write } from "../influx/ask.ts";
import { type Fault, type FaultCounts, startFaultProxy } from "../influx/fault-proxy.ts";
import { INFLUX_LINES, type InfluxServer, startInfluxd } from "../influx/server.ts";

describe.each(INFLUX_LINES)("InfluxDB %s", (line) => {
  let server: InfluxServer;

  beforeAll(async () => {
    server = await startInfluxd(line);
  });

  afterAll(async () => {
    const { dataDirectory, pid } = server;
    await server[Symbol.asyncDispose]();
    expect(existsSync(dataDirectory), "its data directory is gone").toBe(false);
    expect(isAlive(pid), "its process is gone").toBe(false);
  });

  test("is the version that go.mod pins", async () => {
    const pins = await readFile(new URL(`../../tools/influxd/${line}/go.mod`, import.meta.url), "utf8");
    const module = { "1.8": "github.com/influxdata/influxdb", "2.7": "github.com/influxdata/influxdb/v2" }[line];
    expect(pins).toContain(`\t${module} v${INFLUXD_VERSIONS[line]} `);
    const { headers } = await fetch(`${server.url}/ping`);
    expect(headers.get("x-influxdb-version")?.replace(/^v/, "")).toBe(INFLUXD_VERSIONS[line]);
  });

  test("takes a line, answers it through InfluxQL, and has it still after a stop, a SIGKILL and a restart", async () => {
    expect(await write(server, ["kept,part=a value=1i 1000"])).toEqual({ status: 204, body: "" });
    await server.stop();
    await expect(write(server, ["kept,part=a value=9i 1000"])).rejects.toThrow("fetch failed");
    await server.restart();
    expect(await write(server, ["kept,part=a value=2i 2000"])).toEqual({ status: 204, body: "" });
    await server.kill();
    await server.restart();
    expect(await influxql(server, 'SELECT "value" FROM "kept"')).toEqual([
      { time: 1000, value: 1 },
      { time: 2000, value: 2 },
    ]);
  });

  test("is gone, with its data, when the process that started it is killed", async () => {
    const script = `
      const { startInfluxd } = await import(${JSON.stringify(new URL("../influx/server.ts", import.meta.url).href)});
      const { pid, dataDirectory } = await startInfluxd(${JSON.stringify(line)});
      console.log(JSON.stringify({ pid, dataDirectory }));
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said] = await once(owner.stdout, "data");
    const { pid, dataDirectory } = JSON.parse(String(said));
    expect(isAlive(pid) && existsSync(dataDirectory)).toBe(true);
    owner.kill("SIGKILL");
    await vi.waitUntil(() => !isAlive(pid) && !existsSync(dataDirectory), { timeout: 30_000, interval: 50 });
  });

  test("behind the fault proxy: each fault does to the client and to the database what it says", async () => {
    await using proxy = await startFaultProxy(server.url);
    const meets = async (name: string, fault: Fault) => {
      await proxy.set(fault);
      const before = proxy.counts();
      const started = performance.now();
      const answer = await write(server, [`${name} value=1i 1000`, `${name} value=2i 2000`], { url: proxy.url }).then(
        ({ status }) => status,
        () => "cut" as const,
      );
      const elapsed = performance.now() - started;
      const rows = (await influxql(server, `SELECT "value" FROM "${name}"`)).length;
      return { answer, rows, elapsed, counted: difference(before, proxy.counts()) };
    };
    expect(await meets("none", { kind: "none" })).toMatchObject({ answer: 204, rows: 2, counted: { answered: 1 } });
    expect(await meets("down", { kind: "down" })).toMatchObject({ answer: "cut", rows: 0, counted: { requests: 0 } });
    expect(await meets("busy", { kind: "status", status: 503 })).toMatchObject({
      answer: 503,
      rows: 0,
      counted: { status: 1, reachedUpstream: 0 },
    });
    const late = await meets("late", { kind: "latency", ms: 300 });
    expect(late).toMatchObject({ answer: 204, rows: 2, counted: { latency: 1, answered: 1 } });
    expect(late.elapsed).toBeGreaterThanOrEqual(299);
    expect(await meets("cut_all", { kind: "cut", upstreamGot: "all" })).toMatchObject({
      answer: "cut",
      rows: 2,
      counted: { cut: 1, reachedUpstream: 1, answered: 0 },
    });
    for (const upstreamGot of ["part", "nothing"] as const) {
      expect(await meets(`cut_${upstreamGot}`, { kind: "cut", upstreamGot })).toMatchObject({
        answer: "cut",
        rows: 0,
        counted: { cut: 1, reachedUpstream: 0, answered: 0 },
      });
    }
    expect(await meets("again", { kind: "none" })).toMatchObject({ answer: 204, rows: 2 });

    // Nothing was on its way still: a server that stops finishes what it has begun.
    await server.restart();
    const written = await influxql(server, "SHOW MEASUREMENTS");
    expect(written.map(({ name }) => name).filter((name) => name !== "kept")).toEqual([
      "again",
      "cut_all",
      "late",
      "none",
    ]);
  });

  test("behind the fault proxy: a storm of the same seed treats the same requests alike", async () => {
    const weather = async (seed: number): Promise<readonly (number | string)[]> => {
      await using proxy = await startFaultProxy(server.url);
      await proxy.set({
        kind: "storm",
        seed,
        share: 0.5,
        faults: [
          { kind: "status", status: 503 },
          { kind: "status", status: 429, retryAfterSeconds: 1 },
          { kind: "cut", upstreamGot: "all" },
        ],
      });
      const seen: (number | string)[] = [];
      for (let at = 0; at < 40; at += 1) {
        const answer = await write(server, [`storm value=${at}i ${at}`], { url: proxy.url }).catch(
          () => "cut" as const,
        );
        seen.push(answer === "cut" ? answer : answer.status);
      }
      return seen;
    };
    const first = await weather(7);
    expect(new Set(first)).toEqual(new Set([204, 503, 429, "cut"]));
    expect(await weather(7)).toEqual(first);
    expect(await weather(8)).not.toEqual(first);
  });
});

function difference(before: FaultCounts, after: FaultCounts): Readonly<Record<string, number>> {
  const flat = ({ faults, ...rest }: FaultCounts): Record<string, number> => ({ ...rest, ...faults });
  const earlier = flat(before);
  return Object.fromEntries(Object.entries(flat(after)).map(([name, count]) => [name, count - (earlier[name] ?? 0)]));
}
