import { describe, expect, it } from "vitest";
import { MEASUREMENTS } from "../../collect/influx/measurements.ts";
import { type Series, trendOf } from "../../verdict/trend.ts";
import { HOSTILE_NAMES } from "../hostile-names.ts";
import { widthOf } from "../plain.ts";
import { sparkline } from "./sparkline.ts";
import { renderTrendHtml } from "./trend-html.ts";
import { trendPoints } from "./trend-points.ts";
import { renderTrend } from "./trend-terminal.ts";

/** 24 nights; from night 12 on a fifth slower. */
function series(name: string, index = 0): Series {
  const points = Array.from({ length: 24 }, (_, night) => ({
    run: `run-${night}`,
    createdAt: new Date(Date.UTC(2026, 0, 1 + night, 4)).toISOString(),
    commit: {
      sha: night.toString(16).padStart(4, "0").padEnd(40, "a"),
      dirty: false,
      time: new Date(Date.UTC(2026, 0, 1 + night)).toISOString(),
    },
    value: (night < 12 ? 10 : 12) * (1 + (night % 3) / 100),
  }));
  return {
    id: index.toString(16).padStart(8, "0"),
    target: name,
    part: name,
    environment: "embedded",
    fingerprint: "0123456789abcdef",
    subject: { kind: "endpoint", name },
    metric: "latency",
    statistic: "p95",
    points,
  };
}

const trend = trendOf([series("projects.list"), { ...series("projects.list", 1), statistic: "p50" }], []);
const hostile = trendOf(HOSTILE_NAMES.map(series), []);
const assets = { script: "1", style: "a{}", sha256Base64: () => "x" };
const options = { colour: false, program: "npx proofload", asked: false };

describe("a trend in the terminal", () => {
  it("shows the history, what changed, in which commits, and what to type to accept it", () => {
    expect(renderTrend(trend, { ...options, columns: 110 })).toMatchInlineSnapshot(`
      "  proofload trend  24 runs, 24 commits, 2 series

        projects.list · projects.list · embedded · alike 01234567
          ENDPOINT       METRIC  SERIES       LAST  HISTORY
          projects.list  p95     00000000  12.2 ms  ▁▁▁▁▁▁▁▁▁▁▁▁████████████
            ✗ 20 % worse, 10.1 ms → 12.1 ms; first in 000caaaaaa (2026-01-13), not yet in 000baaaaaa (2026-01-12);
              p ≤ 0.001
              as it should be? npx proofload trend accept 00000000 000caaaaaa
                         p50     00000001  12.2 ms  ▁▁▁▁▁▁▁▁▁▁▁▁████████████
            ✗ 20 % worse, 10.1 ms → 12.1 ms; first in 000caaaaaa (2026-01-13), not yet in 000baaaaaa (2026-01-12);
              p ≤ 0.001
              as it should be? npx proofload trend accept 00000001 000caaaaaa

        ✗ 2 changes for the worse that nobody accepted
      "
    `);
  });

  it.each([60, 100, 140])("fits %i columns, whatever the names are", (columns) => {
    const text = renderTrend(hostile, { ...options, columns });
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Cf}/u);
    const rows = text.split("\n").filter((line) => !line.includes("trend accept"));
    expect(Math.max(...rows.map(widthOf))).toBeLessThanOrEqual(columns);
  });

  it("draws noise of a per cent as a nearly flat line, and a doubling at full height", () => {
    expect(sparkline([100, 101, 100, 101])).toBe("▄▅▄▅");
    expect(sparkline([1, 1, 2, 2])).toBe("▁▁██");
    expect(sparkline([0, 0])).toBe("▁▁");
  });
});

describe("the page of a trend", () => {
  it("has no element that a name brought in, and one plot for each series that is shown", () => {
    const elements = (page: string) => new Set([...page.matchAll(/<([a-z!][a-z0-9]*)/gi)].map(([, name]) => name));
    const page = renderTrendHtml(hostile, "1", assets);
    expect(elements(page)).toEqual(elements(renderTrendHtml(trend, "1", assets)));
    const specs: readonly { id: string }[] = JSON.parse(/id="plots">(.*?)<\/script>/s.exec(page)?.[1] ?? "[]");
    expect(new Set(specs.map(({ id }) => id)).size).toBe(HOSTILE_NAMES.length);
    for (const { id } of specs) expect(page).toContain(`data-plot="${id}"`);
  });
});

describe("annotations of a trend", () => {
  const points = trendPoints(trend);

  it("say the changes of one run in one point, at the time of its commit: two of equal tags would be one", () => {
    const changes = points.filter(({ tags }) => tags.kind === "change_point");
    expect(changes).toMatchObject([{ tags: { run: "run-12", target: "projects.list" }, time: Date.UTC(2026, 0, 13) }]);
    expect(changes[0]?.fields["title"]).toMatch(/^projects\.list p95 2\d % worse.*, and 1 more$/);
    const keys = points.map(({ tags, time }) => JSON.stringify([tags, time]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("mark every commit but the first as a deployment, with the tags and fields of the measurement", () => {
    expect(points.filter(({ tags }) => tags.kind === "deployment")).toHaveLength(23);
    for (const { tags, fields } of points) {
      expect(Object.keys(tags).sort()).toEqual([...MEASUREMENTS.annotations.tags].sort());
      expect(Object.keys(fields)).toEqual(Object.keys(MEASUREMENTS.annotations.fields));
    }
  });
});
