import { once } from "node:events";
import { access, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeExport } from "../../harness/collect/otlp.ts";
import { replayRawLog } from "../../harness/collect/raw-log-records.ts";
import { createTally } from "../../harness/collect/tally.ts";
import { ROOT, run, runDirectory, start } from "../e2e/cli.ts";
import { nothingLeft } from "../e2e/left-behind.ts";
import { INFLUX_LINES, type InfluxServer, startInfluxd } from "../influx/server.ts";
import { startCollect } from "./collect-support.ts";
import { temporaryFolder } from "./k6-bench.ts";
import { databaseTotals, type RecordingProxy, startRecordingProxy, summaryTotals } from "./kill-support.ts";
import { k6Script, type Responder, startK6, startResponder } from "./otlp-k6.ts";

const SEED = 20261121;
const HOOK = join(ROOT, "test", "fixtures", "recorded-receiver.mjs");

let service: Responder;
beforeAll(async () => {
  service = await startResponder();
});
afterAll(() => service[Symbol.asyncDispose]());

/** Acknowledged bodies that the log does not have. */
async function missing(log: string, acknowledged: readonly Buffer[]): Promise<number> {
  const held = new Set<string>();
  for await (const body of replayRawLog(log)) held.add(body.toString("latin1"));
  return acknowledged.filter((body) => !held.has(body.toString("latin1"))).length;
}

/** The log and the database hold the same, which is at least what was acknowledged. */
async function expectNothingLost(server: InfluxServer, runId: string, log: string, acknowledged: readonly Buffer[]) {
  expect(await missing(log, acknowledged)).toBe(0);
  const inLog = createTally();
  await inLog.replay(log);
  const inDatabase = await databaseTotals(server, runId);
  expect(inDatabase, runId).toEqual(summaryTotals(inLog));
  const inAnswers = createTally();
  for (const body of acknowledged) inAnswers.add(decodeExport(body));
  const acknowledgedAndMissing = Object.entries(summaryTotals(inAnswers)).filter(
    ([metric, count]) => count > (Object.entries(inDatabase).find(([name]) => name === metric)?.[1] ?? 0),
  );
  expect(acknowledgedAndMissing, runId).toEqual([]);
}

describe.each(INFLUX_LINES)("with InfluxDB %s, SIGKILL of the harness while k6 sends", (line) => {
  const KILLS = 25;
  const AT_ONCE = 3;
  /** Five between write and answer, three before anything is written; the others come from outside. */
  const DEATHS = ["sync 1", "sync 2", "sync 3", "sync 1", "sync 2", "write 1", "write 2", "write 3"];

  interface Trial {
    /** Where it kills itself, see the hook; undefined: it is killed from outside. */
    readonly death: string | undefined;
    /** From outside: after the first export. */
    readonly delayMs: number;
  }

  it(`loses nothing that was acknowledged, and writes nothing twice (${KILLS} times)`, {
    timeout: 300_000,
  }, async () => {
    await using server = await startInfluxd(line);
    await using folder = await temporaryFolder();
    const script = join(folder.path, "load.js");
    await writeFile(
      script,
      k6Script('executor: "constant-arrival-rate", rate: 150, preAllocatedVUs: 10, duration: "4s"'),
    );
    const delays = fc.sample(fc.integer({ min: 0, max: 2500 }), { seed: SEED + line.length, numRuns: KILLS });
    const trials = delays.map((delayMs, index): Trial => ({ delayMs, death: DEATHS[index] }));
    const killed: { directory: string; proxy: RecordingProxy }[] = [];
    const queue = [...trials.entries()];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        killed.push(await killOne(folder.path, script, server, next[0], next[1]));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const directories = killed.map(({ directory }) => directory);
    const streamed = await run(["stream", ...directories], { cwd: folder.path, env: { ...server.env } });
    expect([0, 3], streamed.stderr).toContain(streamed.exitCode);
    for (const { directory, proxy } of killed) {
      const log = join(directory, "scenarios", "load", "metrics.otlp");
      await expectNothingLost(server, basename(directory), log, proxy.acknowledged);
      await proxy[Symbol.asyncDispose]();
    }
    const before = await Promise.all(directories.map((directory) => databaseTotals(server, basename(directory))));
    await run(["stream", ...directories.slice(0, 5)], { cwd: folder.path, env: { ...server.env } });
    const after = await Promise.all(directories.map((directory) => databaseTotals(server, basename(directory))));
    expect(after).toEqual(before);
    expect(killed.reduce((sum, { proxy }) => sum + proxy.acknowledged.length, 0)).toBeGreaterThan(KILLS / 2);
  });

  async function killOne(folder: string, script: string, server: InfluxServer, index: number, trial: Trial) {
    const proxy = await startRecordingProxy();
    const cwd = join(folder, String(index));
    await mkdir(cwd);
    const { child, ended } = start(["run", script, "--url", service.url, "--share-host"], {
      cwd,
      imports: [HOOK],
      env: {
        ...server.env,
        PLANT_PROXY: proxy.address,
        ...(trial.death === undefined ? {} : { PLANT_DEATH: trial.death }),
      },
    });
    const exited = once(child, "exit");
    if (trial.death === undefined) {
      await Promise.race([proxy.handedOn(), ended]);
      await sleep(trial.delayMs);
      child.kill("SIGKILL");
    }
    const [, signal] = await exited;
    expect(signal, (await ended).stderr).toBe("SIGKILL");
    const directory = await runDirectory(cwd);
    expect(await nothingLeft(basename(directory))).toEqual([]);
    await expect(access(join(directory, "record.json"))).rejects.toThrow("ENOENT");
    return { directory, proxy };
  }
});

describe.each(INFLUX_LINES)("with InfluxDB %s, SIGKILL of a proofload collect that comes back", (line) => {
  it.each([1, 2])("gives k6's own totals after five kills in one run (%i)", { timeout: 120_000 }, async (round) => {
    await using server = await startInfluxd(line);
    await using folder = await temporaryFolder();
    await using proxy = await startRecordingProxy();
    const directory = join(folder.path, "collected");
    const env = { ...server.env };
    let collect = await startCollect(directory, { env });
    proxy.pointTo(collect.address);
    const load = 'executor: "constant-arrival-rate", rate: 200, preAllocatedVUs: 20, duration: "20s"';
    const otlp = { host: proxy.address, path: collect.path };
    const k6 = await startK6(folder.path, { script: k6Script(load), baseUrl: service.url, otlp });
    const pauses = fc.sample(fc.tuple(fc.integer({ min: 200, max: 1300 }), fc.integer({ min: 0, max: 500 })), {
      seed: SEED + round,
      numRuns: 5,
    });
    for (const [up, down] of pauses) {
      await sleep(up);
      await collect.kill();
      await sleep(down);
      collect = await startCollect(directory, { env });
    }
    expect(k6.child.exitCode, "k6 must still be sending when the last one comes back").toBeNull();
    const summary = await k6.summary;
    // The last one, too: what it had not streamed yet is in the log.
    await collect.kill();
    const streamed = await run(["stream", directory, "--json"], { cwd: folder.path, env });
    expect(streamed.exitCode, streamed.stderr).toBe(0);
    const [{ runId }] = JSON.parse(streamed.stdout);
    const log = join(directory, "scenarios", "collect", "metrics.otlp");
    await expectNothingLost(server, runId, log, proxy.acknowledged);
    expect(await databaseTotals(server, runId)).toEqual(summaryTotals(summary));
    expect(proxy.acknowledged.length).toBeGreaterThan(3);
  });
});
