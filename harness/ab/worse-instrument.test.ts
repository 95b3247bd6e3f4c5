import { describe, expect, it } from "vitest";
import type { InstrumentRecord } from "../collect/record.ts";
import { worseInstrument } from "./worse-instrument.ts";

const instrument = (changed: Partial<InstrumentRecord> = {}, canaryP99 = 2): InstrumentRecord => ({
  canary: { count: 100, failed: 0, dropped: 0, p50: 1, p95: 1.5, p99: canaryP99, max: 9 },
  startLag: { count: 1000, p50: 0, p99: 2, max: 9 },
  generator: { cpuSeconds: 2, wallSeconds: 12, allowedCores: 2, peakRssBytes: 1e8 },
  overflowSeries: 0,
  serviceMode: [],
  ...changed,
});

describe("the instrument of a start in two blocks", () => {
  it("is the one that was not sound, though the canary of the other had the longer tail", () => {
    const late = instrument({ startLag: { count: 1000, p50: 40, p99: 300, max: 400 } }, 1);
    for (const blocks of [
      [late, instrument({}, 20)],
      [instrument({}, 20), late],
    ]) {
      expect(worseInstrument(blocks, "embedded").startLag?.p99).toBe(300);
    }
    const silent = { ...instrument(), canary: { count: 90, failed: 10, dropped: 0, p50: 1, p95: 1, p99: 1, max: 1 } };
    expect(worseInstrument([instrument({}, 20), silent], "embedded").canary?.failed).toBe(10);
  });

  it("is the one with the longer tail where both were sound, and knows the mode of both services", () => {
    const worse = worseInstrument(
      [
        instrument({ serviceMode: ["base: debug log"] }, 3),
        instrument({ serviceMode: ["head: an inspector listens"] }, 9),
      ],
      "embedded",
    );
    expect(worse.canary?.p99).toBe(9);
    expect(worse.serviceMode).toEqual(["base: debug log", "head: an inspector listens"]);
  });
});
