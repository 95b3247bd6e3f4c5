import { describe, expect, it } from "vitest";
import { judgeCapacity } from "../../verdict/capacity/judge-capacity.ts";
import { HOSTILE_NAMES } from "../hostile-names.ts";
import { renderCapacityHtml } from "./html.ts";
import { renderCapacityMarkdown } from "./markdown.ts";
import { capacityPlots } from "./plots.ts";
import { sampleCapacity } from "./sample.ts";
import { renderCapacityTerminal } from "./terminal.ts";

const answer = { next: "answer", held: 312, failed: 325, endedBy: "service" } as const;
const record = sampleCapacity();
const verdict = judgeCapacity(record, answer, []);
const assets = { script: "", style: "", sha256Base64: () => "" };

describe("the report of a capacity search", () => {
  it("has the answer, what limits it and every step, in the terminal, in Markdown and in HTML", () => {
    const texts = [
      renderCapacityTerminal(record, verdict, { colour: false, columns: 100 }),
      renderCapacityMarkdown(record, verdict).replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
      renderCapacityHtml(record, verdict, assets),
    ];
    for (const text of texts) {
      expect(text).toContain("312 to 325 requests/s");
      expect(text).toContain("service CPU quota");
      for (const rate of ["150/s", "300/s", "600/s", "325/s"]) expect(text).toContain(rate);
      expect(text).toContain("40 iterations were dropped at 325/s");
    }
  });

  it("draws p95 and every resource over the rate, with both ends of the answer", () => {
    const [latency, resources] = capacityPlots(record, verdict);
    expect(latency?.xs).toEqual([150, 300, 312, 312, 325, 600]);
    expect(latency?.limits.map(({ value, label }) => [value, label])).toEqual([
      [312, "held"],
      [325, "failed"],
    ]);
    expect(latency?.series.map(({ values }) => values.filter((value) => value !== null).length)).toEqual([4, 2]);
    expect(resources?.series.map(({ label }) => label)).toEqual(["service CPU quota", "connection pool"]);
  });

  it("never lets a hostile name through as markup or as control characters", () => {
    for (const name of HOSTILE_NAMES) {
      const bad = { ...record, scenario: name };
      const judged = judgeCapacity(bad, answer, []);
      const page = renderCapacityHtml(bad, judged, assets);
      expect(page.match(/<script/g)).toHaveLength(2);
      // Lines end; nothing else in them moves the cursor or the reading direction.
      const lines = renderCapacityTerminal(bad, judged, { colour: false, columns: 100 }).split("\n");
      expect(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([]);
      expect(renderCapacityMarkdown(bad, judged).split("\n")).toHaveLength(
        renderCapacityMarkdown(record, verdict).split("\n").length,
      );
    }
  });
});
