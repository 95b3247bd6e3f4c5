import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ExportMetricsServiceRequestSchema } from "../../harness/collect/gen/metrics_pb.ts";
import { seriesOf } from "../influx/series.ts";
import { INFLUX_LINES, startInfluxd } from "../influx/server.ts";
import { startCollect } from "./collect-support.ts";
import { temporaryFolder } from "./k6-bench.ts";

const EXPORTS = 1000;
const SERIES_EACH = 1000;

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
});
