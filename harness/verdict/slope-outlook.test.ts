import { describe, expect, it } from "vitest";
import type { ResourceSeries } from "../collect/record.ts";
import type { MetricName } from "../plan/metrics.ts";
import { budget } from "../plan/sample-budget.ts";
import { contained, MIB } from "./sample-hardware.ts";
import { sampledAs, soak } from "./sample-soak.ts";
import { slopeFigure } from "./slope.ts";

const SECONDS = 180;

describe("a limit that lies inside the interval of a slope", () => {
  const because = (limit: string, connections: (second: number) => number) =>
    slopeFigure(budget(limit), soak(SECONDS, [sampledAs("db_connections", connections)]), []).because;

  it("of a count that is known to a piece over the judged part is told apart by a longer soak", () => {
    const steady = soak(SECONDS, [sampledAs("db_connections", () => 5)]);
    const { measured } = slopeFigure({ metric: "db_connections" }, steady, []);
    // One in two minutes.
    expect(measured).toEqual({ lower: expect.closeTo(-30, 9), upper: expect.closeTo(30, 9) });
    expect(because("slope of db_connections < 10/h", () => 5)).toBe(
      "the limit lies inside the interval: a soak of about 9.9 min would tell",
    );
    // A third of the distance, three times as long.
    expect(because("slope of db_connections < 5/h", () => 5)).toBe(
      "the limit lies inside the interval: a soak of about 19.8 min would tell",
    );
    // 36 an hour is twelve less than 48.
    expect(because("slope of db_connections < 48/h", (second) => 5 + second / 100)).toBe(
      "the limit lies inside the interval: a soak of about 8.25 min would tell",
    );
  });

  it("is told apart by half as much time again at least, and by no day", () => {
    expect(because("slope of db_connections < 25/h", () => 5)).toBe(
      "the limit lies inside the interval: a soak of about 4.5 min would tell",
    );
    expect(because("slope of db_connections < 0.05/h", () => 5)).toBe(
      "the limit lies inside the interval, and growth is too close to it to be told apart",
    );
  });
});

describe("a figure that grows reaches", () => {
  /** 200 MB in the end, an eighth of a MB more every second. */
  const memory = (second: number) => (200 - (SECONDS - second) / 8) * MIB;
  const outlook = (
    metric: MetricName,
    resources: readonly ResourceSeries[],
    limits: readonly string[] = [],
    more: Partial<ReturnType<typeof soak>> = {},
  ) => {
    const record = { ...soak(SECONDS, resources), ...more };
    return slopeFigure(
      { metric },
      record,
      limits.map((limit) => budget(limit)),
    ).evidence;
  };
  const until = { until: SECONDS };
  const limit = (part = "service", mebibytes = 512) =>
    sampledAs("memory_limit", (second) => (second === SECONDS ? mebibytes : 1) * MIB, { until: SECONDS, part });
  const rss = sampledAs("rss", memory, until);
  const pool = sampledAs("pool_size", () => 10, until);

  it("the maximum that its budget allows", () => {
    const limits = ["max of service_heap < 300 MB", "mean of service_rss < 300 MB", "max of service_rss < 425 MB"];
    expect(outlook("service_rss", [rss], limits)).toBe("at this pace it reaches its budget of 425 MB in 30 min");
    expect(outlook("service_rss", [rss], limits.slice(0, 2))).toBeUndefined();
    const fds = sampledAs("fds", (second) => 100 - (SECONDS - second) / 2, until);
    expect(outlook("service_fds", [fds, limit(), pool], ["max of service_fds < 400"])).toBe(
      "at this pace it reaches its budget of 400 in 10 min",
    );
  });

  it.each<[MetricName, string]>([
    ["service_rss", "rss"],
    ["service_heap", "heap_used"],
    ["service_live_heap", "heap_live"],
    ["service_memory", "memory"],
  ])("the memory limit of the service, which is harder than a budget: %s", (metric, series) => {
    const resources = [limit("postgres", 300), sampledAs(series, memory, until), limit()];
    expect(outlook(metric, resources, [`max of ${metric} < 425 MB`])).toBe(
      "at this pace it reaches the memory limit of 512 MB in 41.6 min",
    );
  });

  it("the limit that was laid out, where the engine says nothing of it", () => {
    const { environment } = contained();
    expect(outlook("service_rss", [rss], [], { environment })).toBe(
      "at this pace it reaches the memory limit of 256 MB in 7.47 min",
    );
  });

  it("the size of the pool, of connections", () => {
    const connections = sampledAs("db_connections", (second) => 5 - (SECONDS - second) / 64, until);
    expect(outlook("db_connections", [connections, pool])).toBe(
      "at this pace it reaches the size of the pool of 10 in 5.33 min",
    );
    expect(outlook("db_connections", [connections, limit()])).toBeUndefined();
    expect(outlook("service_rss", [rss, pool])).toBeUndefined();
  });

  it("nothing that it is beyond already", () => {
    expect(outlook("service_rss", [rss], ["max of service_rss < 200 MB"])).toBeUndefined();
    expect(outlook("service_rss", [rss], ["max of service_rss < 201 MB"])).toBe(
      "at this pace it reaches its budget of 201 MB in 8 s",
    );
  });

  it("nothing where it stays as it is, or shrinks", () => {
    const limits = ["max of service_rss < 425 MB"];
    expect(outlook("service_rss", [sampledAs("rss", () => MIB, until)], limits)).toBeUndefined();
    expect(outlook("service_rss", [sampledAs("rss", (second) => memory(-second), until)], limits)).toBeUndefined();
  });
});
