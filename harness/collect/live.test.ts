import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { aggregate } from "./aggregate.ts";
import { createLive } from "./live.ts";
import { decodeExport } from "./otlp.ts";

const exports = [0, 1, 2, 3, 4].map((index) =>
  decodeExport(readFileSync(new URL(`../../test/fixtures/k6-2.2.0/cumulative/c${index}.bin`, import.meta.url))),
);

describe("live figures", () => {
  it("arrive at what the log says of the measured phase", () => {
    const live = createLive("proofload");
    for (const received of exports) live.add(received);
    const log = aggregate(exports, "proofload");
    const measured = log.endpoints.filter(({ phase }) => phase === "measured");
    const byName = new Map(live.figures().endpoints.map((endpoint) => [endpoint.endpoint, endpoint]));
    for (const { endpoint, requests, failed, latency } of measured) {
      expect(byName.get(endpoint)).toMatchObject({ requests, failed });
      expect(byName.get(endpoint)?.p95 === undefined).toBe(latency === undefined);
    }
    expect(live.figures()).toMatchObject({ phase: "measured", requests: 155, failed: 60, dropped: 15 });
  });

  it("tell the rate and the phase of the newest second", () => {
    const live = createLive("proofload");
    expect(live.figures()).toMatchObject({ phase: undefined, rate: 0, p95: undefined, requests: 0 });
    const [first, second] = exports;
    if (first !== undefined) live.add(first);
    expect(live.figures()).toMatchObject({ phase: "warmup", failed: 19, endpoints: [] });
    if (second !== undefined) live.add(second);
    expect(live.figures().phase).toBe("measured");
    expect(live.figures().rate).toBeGreaterThan(40);
    expect(live.figures().rate).toBeLessThan(70);
    expect(live.figures().p95).toBeGreaterThan(1);
  });

  it("do not change when an export comes twice", () => {
    const live = createLive("proofload");
    for (const received of exports.slice(0, 3)) live.add(received);
    const { requests, endpoints } = live.figures();
    for (const received of exports.slice(0, 3)) live.add(received);
    expect(live.figures()).toMatchObject({ requests, endpoints });
  });
});
