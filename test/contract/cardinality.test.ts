import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ExportMetricsServiceRequestSchema } from "../../harness/collect/gen/metrics_pb.ts";
import { createInfluxClient } from "../../harness/collect/influx/client.ts";
import { MEASUREMENTS } from "../../harness/collect/influx/measurements.ts";
import type { RunRecord } from "../../harness/collect/record.ts";
import type { Reason, ScenarioVerdict } from "../../harness/verdict/verdict.ts";
import { type Ended, json, run, runDirectory } from "../e2e/cli.ts";
import { INFLUX_LINES, type InfluxServer, startInfluxd } from "../influx/server.ts";
import { startCollect } from "./collect-support.ts";
import { temporaryFolder } from "./k6-bench.ts";
import { databaseTotals } from "./kill-support.ts";
import { startResponder } from "./otlp-k6.ts";

const EXPORTS = 1000;
const SERIES_EACH = 1000;
/** PROOFLOAD_TEST_URLS=1000000 makes it the million: six minutes for each line. */
const URLS = Number(process.env["PROOFLOAD_TEST_URLS"] ?? 50_000);

type Tags = Readonly<Record<string, string>>;

interface Ran extends Ended {
  readonly run: string;
  readonly record: RunRecord;
}

/** Series that are the `page`th thousand, in the export number `index`. */
function exportOf(index: number, page: number): Uint8Array {
  const now = BigInt(1_800_000_000_000 + index * 1000) * 1_000_000n;
  const dataPoints = Array.from({ length: SERIES_EACH }, (_, series) => ({
    attributes: ["name", "scenario", "status"].map((key) => ({
      key,
      value: {
        value: {
          case: "stringValue" as const,
          value: key === "name" ? `page ${page} line ${series}` : "200",
        },
      },
    })),
    startTimeUnixNano: now,
    timeUnixNano: now,
    value: { case: "asInt" as const, value: 1n },
  }));
  const data = { case: "sum" as const, value: { aggregationTemporality: 2, isMonotonic: true, dataPoints } };
  return toBinary(
    ExportMetricsServiceRequestSchema,
    create(ExportMetricsServiceRequestSchema, {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "http_reqs", data }] }] }],
    }),
  );
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

/** All series that a run has in the database: measurement and tags. */
async function seriesOf(server: InfluxServer, run: string): Promise<readonly { measurement: string; tags: Tags }[]> {
  const client = createInfluxClient(server);
  const found: { measurement: string; tags: Tags }[] = [];
  for (const [measurement, { fields }] of Object.entries(MEASUREMENTS)) {
    if (!("rel_ms" in fields)) continue;
    const statement = `SELECT count("rel_ms") FROM "${measurement}" WHERE "run" = '${run}' GROUP BY *`;
    for (const { tags } of await client.query(statement)) found.push({ measurement, tags });
  }
  client.close();
  return found;
}

/** `proofload run` of a k6 script, streaming. */
async function runScript(server: InfluxServer, script: string, use: (ran: Ran) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await using service = await startResponder();
  const file = join(folder.path, "script.js");
  await writeFile(file, script);
  const args = ["run", file, "--url", service.url, "--json"];
  const ended = await run(args, { cwd: folder.path, env: { ...server.env } });
  const directory = await runDirectory(folder.path);
  await use({ ...ended, run: basename(directory), record: await json<RunRecord>(join(directory, "record.json")) });
}

describe.each(INFLUX_LINES)("with InfluxDB %s", (line) => {
  it("a million distinct series make collect say so, grow it by less than 50 MB, and stay in the budget", async () => {
    await using server = await startInfluxd(line);
    await using folder = await temporaryFolder();
    const env = { ...server.env };
    await using collect = await startCollect(join(folder.path, "collected"), { env, args: ["--json"] });
    const send = async (index: number, page: number) => {
      const answer = await fetch(collect.url, { method: "POST", body: exportOf(index, page) });
      expect(answer.status).toBe(200);
      return residentBytes(collect.pid);
    };
    // The same thousand again and again: what exports of this size cost, without the number of series.
    let before = 0;
    for (let index = 0; index < 300; index += 1) before = Math.max(before, await send(index, 0));
    let after = 0;
    for (let index = 0; index < EXPORTS; index += 1) after = Math.max(after, await send(300 + index, index));
    process.stderr.write(`resident: ${before} bytes before, ${after} after\n`);
    const { exitCode, stdout, stderr } = await collect.end();
    expect(exitCode, stderr).toBe(0);
    const collected = JSON.parse(stdout);
    expect(collected.receiver.kept).toBe(300 + EXPORTS);
    expect(collected.overflow).toBeGreaterThan(0);
    expect(collected.stream.overflow.series).toBeGreaterThan(0);
    const series = await seriesOf(server, collected.runId);
    expect(series.length).toBeGreaterThan(50);
    expect(series.length).toBeLessThanOrEqual(1000);
    expect(after - before).toBeLessThan(50_000_000);
  });

  it("5,000 distinct names through k6 are INVALID, and the report names them", async () => {
    await using server = await startInfluxd(line);
    const script = `
      import http from "k6/http";
      import exec from "k6/execution";
      export const options = {
        scenarios: { many: { executor: "shared-iterations", vus: 5, iterations: 5000 } },
        thresholds: { http_req_failed: ["rate<0.01"] },
      };
      export default function () {
        http.get(__ENV.PROOFLOAD_BASE_URL, { tags: { name: "name " + exec.scenario.iterationInTest } });
      }
    `;
    await runScript(server, script, async ({ exitCode, stdout, record, run }) => {
      expect(exitCode, stdout).toBe(3);
      const { verdict } = JSON.parse(stdout);
      const reasons: readonly Reason[] = verdict.scenarios.flatMap((one: ScenarioVerdict) => one.reasons);
      expect(reasons.map(({ code }) => code)).toContain("overflow series");
      expect(reasons.find(({ code }) => code === "too many series")?.sentence).toMatch(/endpoint.*name \d+/);
      expect(record.scenarios[0]?.instrument.overflowSeries).toBeGreaterThan(0);
      const series = await seriesOf(server, run);
      expect(series.length).toBeLessThanOrEqual(1000);
      expect(new Set(series.map(({ tags }) => tags["endpoint"])).has("__other__")).toBe(true);
      // The canary's are among them.
      const counted = record.scenarios[0]?.books.lines.find(({ metric }) => metric === "http_reqs")?.k6;
      expect(counted).toBeGreaterThan(5000);
      expect((await databaseTotals(server, run)).http_reqs).toBe(counted);
    });
  });

  it(`${URLS} distinct URLs under one name are one series, and PASS`, { timeout: 900_000 }, async () => {
    await using server = await startInfluxd(line);
    const script = `
      import http from "k6/http";
      import { sleep } from "k6";
      import exec from "k6/execution";
      export const options = {
        scenarios: { many: { executor: "shared-iterations", vus: 8, iterations: ${URLS}, maxDuration: "15m" } },
        thresholds: { http_req_failed: ["rate<0.01"] },
      };
      // Never at full speed: a generator that has to share its cores with the rest would make the run INVALID.
      export default function () {
        const url = __ENV.PROOFLOAD_BASE_URL + "/items/" + exec.scenario.iterationInTest;
        http.get(url, { tags: { name: "items.read" } });
        sleep(0.002);
      }
    `;
    await runScript(server, script, async ({ exitCode, stdout, stderr, record, run }) => {
      expect(exitCode, `${stdout}${stderr}`).toBe(0);
      const own = (await seriesOf(server, run)).filter(({ measurement }) => measurement === "requests");
      const named = own.filter(({ tags }) => tags["endpoint"] === "items.read");
      expect(named.length).toBe(1);
      expect(record.scenarios[0]?.instrument.overflowSeries).toBe(0);
      const requests = record.scenarios[0]?.endpoints.find(({ endpoint }) => endpoint === "items.read")?.requests;
      expect(requests).toBe(URLS);
    });
  });
});
