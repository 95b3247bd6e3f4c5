import { readFileSync } from "node:fs";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRawLog } from "../raw-log.ts";
import { completeLog, createLogGrowth, type LogGrowth } from "../tail-raw-log.ts";
import { createSeriesBudget } from "./series-budget.ts";
import { type ScenarioStreamed, type StreamedPoint, scenarioStreamer } from "./stream-scenario.ts";
import type { WriteAnswer } from "./write-answer.ts";
import { createWriter } from "./writer.ts";

const FIXTURES = new URL("../../../test/fixtures/k6-2.2.0/cumulative/", import.meta.url);
const EXPORTS = [0, 1, 2, 3, 4].map((index) => readFileSync(new URL(`c${index}.bin`, FIXTURES)));

let directory: string;
/** Offsets behind each record. */
const ends: number[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "proofload-stream-"));
  const log = await openRawLog(join(directory, "metrics.otlp"));
  for (const body of EXPORTS) {
    await log.append(body);
    ends.push(log.end());
  }
  await log.close();
  const samples = [0, 1, 2].map((second) => ({
    at: 1_763_700_000_000 + second * 1000,
    values: { "service.cpu": 0.1, "k6.rss": 5e7 },
  }));
  await writeFile(join(directory, "resources.jsonl"), samples.map((sample) => `${JSON.stringify(sample)}\n`).join(""));
});
afterAll(() => rm(directory, { recursive: true }));

/** As InfluxDB has it: a point with the same series and time overwrites the fields that it brings. */
class Database {
  readonly points = new Map<string, Record<string, string>>();
  write(lines: readonly string[]): void {
    for (const line of lines) {
      const [, series = "", fields = "", time = ""] = /^((?:\\.|[^ \\])+) (.*) (\d+)$/.exec(line) ?? [];
      const pairs = fields.split(",").map((pair) => pair.split("="));
      const key = `${series} ${time}`;
      this.points.set(key, { ...this.points.get(key), ...Object.fromEntries(pairs) });
    }
  }
}

const LATER: WriteAnswer = { kind: "later", why: "503" };
/** What may happen to a request that fails: nothing of it arrived, half of it, or all of it and only the answer was lost. */
const FAULTS = { nothing: 0, half: 0.5, "all but the answer": 1 };

async function stream(
  growth: LogGrowth,
  faults: readonly (keyof typeof FAULTS | "none")[] = [],
  isBad: (line: string) => boolean = () => false,
  exportsAtOnce = 30,
): Promise<{ database: Database; streamed: ScenarioStreamed; rejected: string[] }> {
  const database = new Database();
  const waiting = [...faults];
  const rejected: string[] = [];
  const write = createWriter<StreamedPoint>({
    client: {
      async write(lines) {
        const fault = waiting.shift() ?? "none";
        const good = lines.filter((line) => !isBad(line));
        database.write(fault === "none" ? good : good.slice(0, good.length * FAULTS[fault]));
        if (fault !== "none") return LATER;
        return good.length < lines.length ? { kind: "bad lines", why: "400" } : { kind: "written" };
      },
    },
    signal: new AbortController().signal,
    onWritten: ({ item }) => item.counts.written(item.point),
    onRejected: ({ item, text }) => {
      item.counts.rejected(item.point);
      rejected.push(text);
    },
    wait: async () => undefined,
    mostLines: 40,
  });
  const source = { run: "r", name: "steady", target: "t", kind: "proofload", directory } as const;
  const streamer = scenarioStreamer(source, { growth, series: createSeriesBudget(), write, exportsAtOnce });
  await streamer.run();
  return { database, streamed: streamer.streamed(), rejected };
}

describe("the stream of a scenario", () => {
  it("leaves in the database what a replay leaves, however the log grew and the database failed", async () => {
    const replayed = (await stream(completeLog())).database.points;
    expect(replayed.size).toBeGreaterThan(60);
    const faults = fc.array(
      fc.constantFrom("none" as const, "nothing" as const, "half" as const, "all but the answer" as const),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([0, 1, 2, 3]),
        faults,
        fc.integer({ min: 1, max: 6 }),
        async (pauses, failing, atOnce) => {
          const growth = createLogGrowth();
          const done = stream(growth, failing, undefined, atOnce);
          for (const index of pauses) {
            growth.grew(ends[index] ?? 0);
            // Enough turns for the streamer to read, write and wait again, or to be in the middle of it.
            for (let turn = 0; turn < 3; turn += 1) await setImmediate();
          }
          growth.ended();
          const { database, streamed } = await done;
          expect(streamed.complete).toBe(true);
          expect(new Map([...database.points].sort())).toEqual(new Map([...replayed].sort()));
        },
      ),
      { seed: 5, numRuns: 40 },
    );
  });

  it("changes nothing when it is sent again", async () => {
    const { database } = await stream(completeLog());
    const once = new Map(database.points);
    const again = await stream(completeLog());
    for (const [key, fields] of again.database.points)
      database.points.set(key, { ...database.points.get(key), ...fields });
    expect(database.points).toEqual(once);
  });

  it("counts what was refused by metric, so that written and rejected add up to what was sent", async () => {
    const sumOf = ({ points }: Database, measurement: string, field: string) =>
      [...points]
        .filter(([series]) => series.startsWith(`${measurement},`))
        .reduce((sum, [, fields]) => sum + Number.parseInt(fields[field] ?? "0", 10), 0);
    const whole = await stream(completeLog());
    const sent = sumOf(whole.database, "requests", "count");
    expect(sent).toBeGreaterThan(100);
    const { database, streamed, rejected } = await stream(completeLog(), [], (line) =>
      /^requests,.*count=\d*7i/.test(line),
    );
    expect(rejected.length).toBeGreaterThan(0);
    const missing = streamed.rejected.get("http_reqs") ?? 0;
    expect(missing).toBeGreaterThan(0);
    expect(sumOf(database, "requests", "count") + missing).toBe(sent);
    expect(streamed.rejected.get("iterations") ?? 0).toBe(0);
  });

  it("never reads what is not acknowledged, and counts records that are no export", async () => {
    const other = await mkdtemp(join(tmpdir(), "proofload-stream-"));
    const path = join(other, "metrics.otlp");
    const log = await openRawLog(path);
    for (const body of EXPORTS) await log.append(body);
    const acknowledged = log.end();
    await log.append(Buffer.from("no export"));
    const end = log.end();
    await log.close();
    await appendFile(path, "a batch that failed, and is to be written over");
    const seen: string[][] = [];
    const growth = createLogGrowth();
    const source = { run: "r", name: "s", target: "t", kind: "proofload", directory: other } as const;
    const streamer = scenarioStreamer(source, {
      growth,
      series: createSeriesBudget(),
      write: async (lines) => {
        seen.push(lines.map(({ text }) => text));
      },
    });
    const done = streamer.run();
    growth.grew(acknowledged);
    while (seen.flat().length === 0) await setImmediate();
    expect(streamer.streamed()).toMatchObject({ complete: false, undecodable: 0, damage: { records: 0, torn: 0 } });
    growth.grew(end);
    growth.ended();
    await done;
    expect(streamer.streamed()).toMatchObject({ complete: true, undecodable: 1 });
    await rm(other, { recursive: true });
  });
});
