import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBudget } from "./budget.ts";

const line = (limit: string) => parseBudget({ limit, source: "SOC-01" });

describe("a budget", () => {
  it("has a target, which warns, and a max, which fails", () => {
    expect(line("p95 of latency < 100 ms, max 0.2 s")).toEqual({
      ok: true,
      value: {
        metric: "latency",
        statistic: "p95",
        direction: "<",
        target: 100,
        max: 200,
        unit: "ms",
        source: "SOC-01",
        text: "p95 of latency < 100 ms, max 0.2 s",
      },
    });
  });

  it("means p95 where latency is named alone, and one limit where no max is given", () => {
    expect(line("latency < 5 s")).toMatchObject({ ok: true, value: { statistic: "p95", target: 5000, max: 5000 } });
  });

  it.each([
    ["error_rate < 0.1 %", 0.001],
    ["max of service_rss < 512 MB", 512 * 1024 * 1024],
    ["cache_hit_ratio > 90 %", 0.9],
    ["request_rate > 199/s", 199],
    ["mean of db_query_duration < 50 ms", 50],
    ["slope of service_rss < 10 MiB/h", 10 * 1024 * 1024],
    ["slope of service_rss < 1 MB/min", 60 * 1024 * 1024],
    ["slope of db_connections < 24/day", 1],
    ["slope of event_loop_delay < 0.5 ms/h", 0.5],
    ["p75 of scheduled_latency < 2 s", 2000],
  ])("reads the units of %s", (text, max) => {
    expect(line(text)).toMatchObject({ ok: true, value: { max } });
  });

  it.each([
    ["p95 latency 100ms", /is not a budget/],
    ["p95 of latencey < 100 ms", /no metric "latencey"/],
    ["p80 of latency < 100 ms", /not a statistic of latency/],
    ["p95 of latency < 100 parsecs", /not a quantity/],
    ["p95 of latency > 100 ms", /wrong side/],
    ["slope of service_rss < 10 MB", /not a quantity/],
    ["slope of service_rss < 10 MB/km", /not a quantity/],
    ["max of service_rss < 10 MB/h", /not a quantity/],
    ["slope of latency < 1 ms/h", /not a statistic of latency/],
    ["p95 of latency < 200 ms, max 100 ms", /stricter than the target/],
    ["cache_hit_ratio > 50 %, max 90 %", /stricter than the target/],
    ["", /is not a budget/],
  ])("is refused when it reads %j, with what to type instead", (text, what) => {
    const parsed = line(text);
    expect(parsed).toMatchObject({ ok: false, what: expect.stringMatching(what) });
    expect(parsed.ok ? "" : parsed.instead).not.toBe("");
  });

  it("never throws, whatever the text", () => {
    fc.assert(fc.property(fc.string(), (text) => typeof line(text).ok === "boolean"));
  });
});
