import { describe, expect, it } from "vitest";
import type { EndpointRecord, HistogramRecord, ScenarioRecord, StreamIterations } from "../collect/record.ts";
import { sampleScenario } from "../verdict/sample-scenario.ts";
import { correctedRows, intendedRows } from "./waiting.ts";

const SCALE = 7;
const bucketOf = (value: number) => Math.ceil(Math.log2(value) * 2 ** SCALE) - 1;

/** 199 answers of 2 ms, and one of a second. */
function oneSlow(): HistogramRecord {
  const [offset, last] = [bucketOf(2), bucketOf(1000)];
  const counts = new Array<number>(last - offset + 1).fill(0);
  counts[0] = 199;
  counts[last - offset] = 1;
  return { scale: SCALE, offset, counts, zeroCount: 0, count: 200, sum: 1398, min: 2, max: 1000 };
}

function record(model: StreamIterations["model"], more: Partial<EndpointRecord> = {}): ScenarioRecord {
  return sampleScenario({
    measuredSeconds: 10,
    endpoints: [
      {
        endpoint: "list",
        phase: "measured",
        requests: 200,
        failed: 0,
        dropped: 0,
        byStatus: { "200": 200 },
        byError: {},
        source: "exact",
        latency: { count: 200, mean: 7, min: 2, max: 1000, p50: 2, p90: 2, p95: 2, p99: 2 },
        histogram: oneSlow(),
        ...more,
      },
    ],
    iterations: [
      {
        stream: "users",
        model,
        ...(model === "open" ? { planned: 200 } : {}),
        completed: 200,
        dropped: more.dropped ?? 0,
        interrupted: 0,
        vus: 2,
      },
    ],
  });
}

const STREAMS = [{ name: "users", calls: { list: 1 } }];

describe("latency with the wait for it", () => {
  it("of a closed loop is corrected by how often one user asked", () => {
    // Two users, 200 answers in 10 s: each asked every 100 ms, and missed nine requests in the slow second.
    const [row] = correctedRows(record("closed"), STREAMS);
    expect(row).toMatchObject({ endpoint: "list", interval: "100 ms", raw: ["2 ms", "2 ms", "2 ms"] });
    expect(row?.corrected[0]).toBe("2 ms");
    expect(row?.corrected[2]).toMatch(/^[89]\d\d ms$/);
  });

  it("of an open stream is not corrected: it does not wait", () => {
    expect(correctedRows(record("open"), STREAMS)).toEqual([]);
  });

  it("has no row for an endpoint of which nothing was dropped and no intended start is known", () => {
    expect(intendedRows(record("open"))).toEqual([]);
  });

  it("is a bound where dropped iterations reach into a percentile, and exact where they do not", () => {
    const [row] = intendedRows(record("open", { dropped: 5 }));
    expect(row?.service).toEqual(["2 ms", "2 ms", "2 ms"]);
    // Of 205, five never came: p99 is one of them, p50 is not.
    expect(row?.withDrops?.[0]).toBe("2 ms");
    expect(row?.withDrops?.[2]).toBe("> 1.00 s");
    expect(row?.intended).toEqual([expect.stringMatching(/^> 2 ms$/), expect.stringMatching(/^> 2 ms$/), "> 1.00 s"]);
  });
});
