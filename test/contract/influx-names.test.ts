import { describe, expect, it } from "vitest";
import { createInfluxClient } from "../../harness/collect/influx/client.ts";
import { toLine } from "../../harness/collect/influx/line.ts";
import { createPointMaker } from "../../harness/collect/influx/point-maker.ts";
import { safeTag } from "../../harness/collect/influx/safe-tag.ts";
import { createSeriesBudget } from "../../harness/collect/influx/series-budget.ts";
import { endpointOf } from "../../harness/collect/labels.ts";
import type { NumberPoint } from "../../harness/collect/otlp.ts";
import { HOSTILE_NAMES } from "../../harness/report/hostile-names.ts";
import { INFLUX_LINES, startInfluxd } from "../influx/server.ts";

const AT = 1_700_000_000_000;
const NAMES = [
  ...HOSTILE_NAMES,
  ...["GET /users/{id}, all", "a=b,c=d e=1i 5", "ends with \\", "\\", "a\\,b", "a\\ b", "# comment", '"quoted"', "'"],
  ...[
    "time",
    "_field",
    "_measurement",
    "run",
    "count",
    "é and \u{1f600}",
    "日本語",
    " leading and trailing ",
    "tab\there",
  ],
];

function requests(name: string, count: number): NumberPoint {
  const attributes = { name, status: "200", phase: "measured", scenario: "read" };
  const common = { metric: "http_reqs", attributes, series: name, start: AT - 1000, time: AT };
  return { ...common, kind: "sum", temporality: "cumulative", value: count };
}

describe.each(INFLUX_LINES)("InfluxDB %s", (line) => {
  it("gives every name back as the point maker wrote it, and all their requests", async () => {
    await using server = await startInfluxd(line);
    const client = createInfluxClient(server);
    const series = createSeriesBudget();
    const maker = createPointMaker({ run: "r1", target: "shop", scenario: "load", kind: "proofload", series });
    const points = NAMES.map((name, index) => requests(name, index + 1));
    maker.add({ at: AT, points, explicitBuckets: [] });
    const expected = new Map<string, number>();
    for (const [index, name] of NAMES.entries()) {
      const endpoint = safeTag(endpointOf({ name }));
      expected.set(endpoint, (expected.get(endpoint) ?? 0) + index + 1);
    }

    expect(await client.write(maker.take().map(toLine))).toEqual({ kind: "written" });
    const rows = await client.query(`SELECT sum("count") FROM "requests" WHERE "run" = 'r1' GROUP BY "endpoint"`);

    expect(Object.fromEntries(rows.map(({ tags, values }) => [tags["endpoint"], values["sum"]]))).toEqual(
      Object.fromEntries(expected),
    );
    expect(await client.query("SHOW MEASUREMENTS")).toHaveLength(1);
    expect(series.overflow().series).toBe(0);
    client.close();
  });
});
