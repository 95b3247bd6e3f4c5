import { describe, expect, it } from "vitest";
import type { ResourceSeries } from "../collect/record.ts";
import { LIMITS } from "./limits.ts";
import { contained, laidOut, profile } from "./sample-hardware.ts";
import { throttlingWarnings } from "./throttling.ts";

const WARMUP = 2;
const MEASURED = 10;

/**
 * Ten scheduling periods a second. Throttled are all of the warm-up, which do not count, and of the measured ones this share,
 * all in the first second.
 */
const throttled = (part: string, share: number): ResourceSeries[] =>
  ["periods", "throttled_periods"].map((metric) => ({
    part,
    metric,
    points: [0, 1, WARMUP, 3, WARMUP + MEASURED].map((second) => {
      const waits = Math.min(second, WARMUP) + (second > WARMUP ? MEASURED * share : 0);
      return [second, 10 * (metric === "periods" ? second : waits)] as const;
    }),
  }));
const warned = (...resources: readonly ResourceSeries[]) => throttlingWarnings(contained({ resources }));

describe("a quota that was used up under load", () => {
  it("is named from a tenth of the periods on", () => {
    expect(warned(...throttled("service", LIMITS.throttledNamed))).toEqual([]);
    expect(warned(...throttled("service", LIMITS.throttledNamed + 0.01))).toEqual([
      {
        kind: "WARNING",
        code: "throttled",
        sentence: "service had used up its 0.5 CPUs in 11 % of its scheduling periods, and had to wait",
        remedy: "Give service more CPU in the profile, or a lower rate.",
      },
    ]);
  });

  it("is named for each part, with its own quota", () => {
    const share = (cpus: number) => ({ cpus, memoryMiB: 256 });
    const layout = laidOut(profile(4, 4, { postgres: share(1.333), redis: share(0.25) }));
    const resources = ["redis", "postgres"].flatMap((part) => throttled(part, 0.5));
    expect(throttlingWarnings(contained({ resources }, { layout })).map(({ sentence }) => sentence)).toEqual([
      "postgres had used up its 1.33 CPUs in 50 % of its scheduling periods, and had to wait",
      "redis had used up its 0.25 CPUs in 50 % of its scheduling periods, and had to wait",
    ]);
  });

  it("is named without a figure where no layout is known", () => {
    const { layout: _, ...environment } = contained().environment;
    const resources = throttled("service", 0.5);
    expect(throttlingWarnings(contained({ environment, resources })).map(({ sentence }) => sentence)).toEqual([
      "service had used up its CPU quota in 50 % of its scheduling periods, and had to wait",
    ]);
  });

  it("is not named where nothing was counted, or periods alone", () => {
    expect(warned()).toEqual([]);
    const [periods, waits] = throttled("service", 0.5);
    if (periods === undefined || waits === undefined) throw new Error("two series");
    expect(warned(periods)).toEqual([]);
    expect(warned(waits)).toEqual([]);
    expect(warned({ ...periods, points: [] }, { ...waits, points: [] })).toEqual([]);
  });
});
