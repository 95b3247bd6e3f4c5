import { describe, expect, it } from "vitest";
import type { Point } from "./point.ts";
import { OTHER, type Tags } from "./routes.ts";
import { createSeriesBudget, keyOf } from "./series-budget.ts";

const RUN = { run: "r1", target: "shop", scenario: "load" };
const point = (tags: Tags, measurement: Point["measurement"] = "requests"): Point => {
  return { measurement, tags: { ...RUN, ...tags }, fields: { count: 1 }, time: 1 };
};
const request = (endpoint: string, phase = "measured") => point({ endpoint, phase, status_class: "2xx" });

describe("the series budget of a run", () => {
  it("leaves points alone while there is room", () => {
    const budget = createSeriesBudget();
    const one = request("items.read");
    expect(budget.place(one)).toBe(one);
    expect(budget.overflow()).toEqual({ series: 0, byTag: {} });
  });

  it("gives a tag a hundred values; the next go to __other__, and some of them are named", () => {
    const budget = createSeriesBudget();
    const placed = Array.from({ length: 250 }, (_, index) => budget.place(request(`e${index}`)));
    expect(placed[99]?.tags.endpoint).toBe("e99");
    expect(placed[100]?.tags).toEqual({ ...RUN, endpoint: OTHER, phase: "measured", status_class: "2xx" });
    expect(budget.place(request("e7")).tags.endpoint).toBe("e7");
    expect(budget.overflow()).toEqual({
      series: 150,
      byTag: { endpoint: { values: 150, examples: ["e100", "e101", "e102", "e103", "e104"] } },
    });
  });

  it("counts the values of a tag over all measurements and scenarios", () => {
    const budget = createSeriesBudget({ mostValuesPerTag: 2 });
    budget.place(request("a"));
    budget.place(point({ endpoint: "b", phase: "measured" }, "latency"));
    expect(budget.place(point({ scenario: "other", endpoint: "c", phase: "measured" })).tags.endpoint).toBe(OTHER);
  });

  it("never holds more series than it has, tells scenario and phase as long as it can, and every measurement to the end", () => {
    const budget = createSeriesBudget({ mostSeries: 100, mostValuesPerTag: 1000 });
    const keys = new Set<string>();
    const placed = Array.from({ length: 3000 }, (_, index) => {
      const phase = ["measured", "warmup"][index % 2] ?? "";
      const measurement = (["requests", "latency", "trends"] as const)[index % 3] ?? "requests";
      const one = budget.place(point({ endpoint: `e${index}`, phase, scenario: `s${index % 50}` }, measurement));
      keys.add(keyOf(one));
      return one;
    });
    expect(keys.size).toBeLessThanOrEqual(100);
    expect(placed[0]?.tags.endpoint).toBe("e0");
    expect(placed[70]?.tags).toMatchObject({ endpoint: OTHER, phase: "measured", scenario: "s20" });
    expect(placed[2999]?.tags).toEqual({ run: "r1", target: OTHER, scenario: OTHER, endpoint: OTHER, phase: OTHER });
    expect(placed[2999]?.measurement).toBe("trends");
    expect(budget.overflow().series).toBeGreaterThan(2900);
    // In a replay everything comes again.
    expect(placed.map((one) => keyOf(budget.place(one)))).toEqual(placed.map(keyOf));
  });

  it("counts a million values without holding them", () => {
    const budget = createSeriesBudget();
    for (let index = 0; index < 20_000; index += 1) budget.place(request(`e${index}`));
    expect(budget.overflow().byTag.endpoint?.values).toBe(10_000);
  });

  it("refuses to be too small to be kept", () => {
    expect(() => createSeriesBudget({ mostSeries: 99 })).toThrow("at least 100");
  });
});
