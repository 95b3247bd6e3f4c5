import { describe, expect, it } from "vitest";
import type { EndpointWindow, ScenarioRecord } from "../../collect/record.ts";
import { sampleFingerprint } from "../../environment/fingerprint/sample-fingerprint.ts";
import { cartPlan, cartRecord } from "../sample-cart.ts";
import { judgeStep } from "./step.ts";

const { machine } = sampleFingerprint();

/** So many requests in flight, by two endpoints, and a third of which none succeeded. */
const inFlight = (second: number, requests: number, phase: EndpointWindow["phase"] = "measured"): EndpointWindow[] => {
  const window = { phase, second, failed: 0 };
  return [
    { ...window, endpoint: "cart.read", requests: 500, p50: requests },
    { ...window, endpoint: "cart.write", requests: 250, p50: 2 * requests },
    { ...window, endpoint: "cart.clear", requests: 90, failed: 90 },
  ];
};
/** From `start`, so many more in each whole second after the warm-up of two. */
const rising = (start: number, slope: number, measuredSeconds: number): Partial<ScenarioRecord> => {
  const seconds = Array.from({ length: Math.floor(measuredSeconds) }, (_, at) => at + 3);
  return {
    measuredSeconds,
    // The seconds that were not whole, and those of the warm-up, must not count; nor must the order.
    series: [
      ...inFlight(2, 1e6),
      ...inFlight(5, 1e6, "warmup"),
      ...[...seconds.slice(4), ...seconds.slice(0, 4)].flatMap((second) =>
        inFlight(second, second < Math.floor(2 + measuredSeconds) ? start + slope * (second - 3) : 1e6),
      ),
    ],
  };
};
const judged = (change: Partial<ScenarioRecord>) => judgeStep(cartPlan(), cartRecord(change), machine, false);
const growing = (...load: Parameters<typeof rising>) => judged(rising(...load)).reasons.map(({ sentence }) => sentence);

describe("the requests in flight of a step", () => {
  it("are what was answered in each second times how long that took, and their rise is that of the whole step", () => {
    expect(judged(rising(20, 1, 10)).inFlight).toEqual({ mean: 24, rise: 10, lower: 10, upper: 10 });
    const series = [4, 4, 4, 4, 40, 4, 4, 4, 4].flatMap((requests, at) => inFlight(at + 3, requests));
    expect(judged({ series }).inFlight).toMatchObject({ mean: 8, rise: 0 });
  });

  it("are not known of less than six whole seconds", () => {
    expect(judged(rising(20, 0, 7)).inFlight).toMatchObject({ mean: 20 });
    expect(judged(rising(20, 0, 6.9)).inFlight).toBeUndefined();
  });

  it("grow where they rose by more than half of their median", () => {
    expect(growing(15, 1, 10)).toEqual([
      "the requests in flight rose by 10 (at least 10) over the step, from about 14",
    ]);
    expect(growing(16, 1, 10)).toEqual([]);
    expect(growing(0, 3, 10)).toEqual(["the requests in flight rose by 30 (at least 30) over the step, from about 0"]);
  });

  it("do not grow where there are two more at the end: that is chance", () => {
    expect(growing(0.25, 0.25, 8)).toEqual([]);
    expect(growing(0.25, 0.375, 8)).toEqual([
      "the requests in flight rose by 3 (at least 3) over the step, from about 0",
    ]);
  });

  it("are held against a step as plainly too many", () => {
    expect(judged(rising(15, 1, 10))).toMatchObject({
      outcome: "failed",
      plain: true,
      reasons: [{ code: "growing in-flight" }],
    });
  });
});
