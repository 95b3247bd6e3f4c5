import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ProofloadError } from "../errors.ts";
import { parseK6Summary, readK6Summary } from "./k6-summary.ts";

const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../test/fixtures/k6-2.2.0/${name}`, import.meta.url), "utf8"));
const classic = load("summary-classic.json");

function problemsOf(data: unknown): readonly string[] {
  try {
    parseK6Summary(data, "k6-summary.json");
  } catch (error) {
    return (error as ProofloadError).problems.map((problem) => `${problem.where}: ${problem.what}`);
  }
  return [];
}

describe("k6's summary", () => {
  it("gives trends with their percentiles", () => {
    expect(parseK6Summary(classic, "x").trend("llm_ttft")).toEqual({
      count: 6,
      mean: 171.04465733333333,
      min: 170.359098,
      max: 171.919605,
      p50: 170.958346,
      p90: 171.603243,
      p95: 171.76142399999998,
      p99: 171.88796879999998,
    });
  });

  it("finds a sub-metric by its tags in any order, and takes it for no metric of its own", () => {
    const summary = parseK6Summary(load("cumulative/summary.json"), "x");
    expect(summary.trend("latency", { phase: "measured", name: "items.read" })?.count).toBe(40);
    expect(summary.trend("latency", { name: "items.read" })).toBeUndefined();
    expect(summary.totals().get("latency")).toBe(130);
    expect([...summary.totals().keys()].filter((name) => name.includes("{"))).toEqual([]);
  });

  it("counts what was not zero: of http_req_failed the failures", () => {
    const summary = parseK6Summary(load("cumulative/summary.json"), "x");
    expect(summary.rate("http_req_failed")).toEqual({ nonzero: 56, count: 413 });
    expect(summary.rate("checks")).toEqual({ nonzero: 130, count: 155 });
    expect(summary.counter("dropped_iterations")).toBe(15);
  });

  it("answers what a threshold of a k6 script asks", () => {
    const summary = parseK6Summary(classic, "x");
    expect(summary.value("http_req_duration{scenario:smoke}", "p(99)")).toEqual({
      value: 361.32289953000003,
      count: 12,
    });
    expect(summary.value("http_req_failed", "rate")).toEqual({ value: 0, count: 12 });
    expect(summary.value("vus", "max")).toEqual({ value: 2, count: 1 });
    expect(summary.value("http_req_duration", "p(97)")).toBeUndefined();
  });

  it("names every field that is missing or wrong", () => {
    const edited = structuredClone(classic) as { metrics: Record<string, { values: Record<string, unknown> }> };
    const { iterations, http_reqs: requests } = edited.metrics;
    if (iterations !== undefined) iterations.values = { rate: 1 };
    if (requests !== undefined) requests.values["count"] = "twelve";
    expect(problemsOf(edited)).toEqual([
      "k6-summary.json: metrics.http_reqs.values.count: Invalid input: expected number, received string",
      "k6-summary.json: metrics.iterations.values.count: Invalid input: expected number, received undefined",
    ]);
  });

  it("refuses k6's machine-readable summary, which has no p99", () => {
    expect(problemsOf(load("summary-machine-readable.json")).length).toBeGreaterThan(0);
  });

  it("tells a k6 that wrote nothing from a file that is damaged", async () => {
    const folder = await mkdtemp(join(tmpdir(), "summary-"));
    const file = join(folder, "k6-summary.json");
    await expect(readK6Summary(file)).rejects.toMatchObject({ code: "PL_K6_FAILED" });
    await writeFile(file, JSON.stringify(classic).slice(0, 900));
    await expect(readK6Summary(file)).rejects.toMatchObject({
      code: "PL_RUN_UNREADABLE",
      message: expect.stringContaining("k6-summary.json is no JSON"),
    });
    await rm(folder, { recursive: true });
  });
});
