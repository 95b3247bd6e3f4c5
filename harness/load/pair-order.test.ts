import { describe, expect, test } from "vitest";
import { headFirst } from "../../scenarios/lib/pair-order.ts";
import { seededRandom } from "../verdict/stats/random.ts";

describe("the order within the pairs", () => {
  const order = (seed: number, count: number) =>
    Array.from({ length: count }, (_, index) =>
      headFirst(index, (block) => seededRandom(seed + 7919 * block)() < 0.5) ? "head" : "base",
    );

  test("gives each side the first place equally often, at every second iteration", () => {
    for (const seed of [1, 2, 3]) {
      const first = order(seed, 1000);
      for (let until = 2; until <= first.length; until += 2) {
        expect(first.slice(0, until).filter((side) => side === "head")).toHaveLength(until / 2);
      }
    }
  });

  test("is drawn: both orders come on even and on odd iterations, and another seed gives another order", () => {
    const first = order(1, 1000);
    const even = first.filter((side, index) => index % 2 === 0 && side === "head").length;
    expect(even).toBeGreaterThan(200);
    expect(even).toBeLessThan(300);
    expect(order(2, 1000)).not.toEqual(first);
    expect(order(1, 1000)).toEqual(first);
  });
});
