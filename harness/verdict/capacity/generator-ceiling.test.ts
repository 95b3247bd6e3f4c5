import { describe, expect, it } from "vitest";
import type { ResourceSeries, ScenarioRecord } from "../../collect/record.ts";
import { sampleFingerprint } from "../../environment/fingerprint/sample-fingerprint.ts";
import { cartEndpoint, cartRecord } from "../sample-cart.ts";
import { generator, withoutCanary } from "../sample-instrument.ts";
import { generatorCeiling } from "./generator-ceiling.ts";

/** Of two cores. */
const { machine } = sampleFingerprint();
const k6 = (...points: readonly (readonly [second: number, cores: number])[]): Pick<ScenarioRecord, "resources"> => {
  const others: ResourceSeries[] = [
    { part: "service", metric: "cpu", points: [[5, 9]] },
    { part: "k6", metric: "rss", points: [[5, 9]] },
  ];
  return { resources: [...others, { part: "k6", metric: "cpu", points }] };
};
/** A thousand requests of the load and five hundred to the fixed responder, in ten seconds. */
const ceiling = (change: Partial<ScenarioRecord>) => generatorCeiling(cartRecord(change), machine);

describe("the rate that the generator may be asked for", () => {
  it("is what four tenths of every core are enough for, where it shares them", () => {
    expect(ceiling(k6([4, 0.3]))).toEqual({ cpu: 0.3, ceiling: expect.closeTo((0.8 / 0.3) * 150) });
    expect(ceiling({ ...k6([4, 0.3]), ...withoutCanary() }).ceiling).toBeCloseTo((0.8 / 0.3) * 100);
  });

  it("is what six tenths of its own cores are enough for, where it has some", () => {
    expect(ceiling({ ...k6([4, 0.3]), ...generator({ allowedCores: 1.5 }) }).ceiling).toBeCloseTo((0.9 / 0.3) * 150);
  });

  it("counts the requests that were measured, and the CPU from a second after the warm-up of two", () => {
    const endpoints = [
      cartEndpoint(),
      cartEndpoint({ requests: 7777, phase: "warmup" }),
      cartEndpoint({ requests: 500 }),
    ];
    const found = ceiling({ ...k6([1, 2], [2.9, 2], [3, 0.25], [4, 0.35]), endpoints });
    expect(found).toEqual({ cpu: expect.closeTo(0.3), ceiling: expect.closeTo((0.8 / 0.3) * 200) });
  });

  it("is not known where nothing was sampled, or nothing asked, or no time went by", () => {
    expect(ceiling({ resources: [] })).toEqual({ cpu: 0 });
    expect(ceiling({ ...k6([4, 0.3]), endpoints: [] })).toEqual({ cpu: 0.3 });
    expect(ceiling({ ...k6([4, 0.3]), measuredSeconds: 0 })).toEqual({ cpu: 0.3 });
  });

  it("is not guessed at from next to no CPU", () => {
    expect(ceiling(k6([4, 0.019]))).toEqual({ cpu: 0.019 });
    expect(ceiling(k6([4, 0.02])).ceiling).toBeCloseTo(40 * 150);
  });
});
