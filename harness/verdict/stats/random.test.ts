import { describe, expect, it } from "vitest";
import { binomialDistribution, binomialInterval } from "./binomial.ts";
import { gaussLegendre } from "./gauss-legendre.ts";
import { seededRandom, shuffled, standardNormal } from "./random.ts";

describe("random numbers", () => {
  it("are those of mulberry32 everywhere: a seed in a record gives the same verdict on every machine", () => {
    const random = seededRandom(1);
    expect([random(), random(), random()]).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
    expect(seededRandom(-1)()).toBe(seededRandom(4_294_967_295)());
  });

  it("from a normal distribution have its mean, its spread and its tails", () => {
    const random = seededRandom(3);
    const drawn = Array.from({ length: 20_000 }, () => standardNormal(random));
    const share = (holds: (value: number) => boolean) => drawn.filter(holds).length / drawn.length;
    // Four standard errors each.
    expect(Math.abs(share((value) => value > 0) - 0.5)).toBeLessThan(0.0142);
    expect(Math.abs(share((value) => Math.abs(value) < 1) - 0.6827)).toBeLessThan(0.0132);
    expect(Math.abs(share((value) => value > 1.96) - 0.025)).toBeLessThan(0.0045);
    expect(Math.abs(share((value) => value < -1.96) - 0.025)).toBeLessThan(0.0045);
  });

  it("put values into every order equally often, and leave the given list as it was", () => {
    const random = seededRandom(5);
    const values = [1, 2, 3];
    const orders = new Map<string, number>();
    for (let trial = 0; trial < 6000; trial += 1) {
      const order = shuffled(values, random).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(values).toEqual([1, 2, 3]);
    expect([...orders.keys()].sort()).toEqual(["123", "132", "213", "231", "312", "321"]);
    // 1,000 each; four standard deviations are 115.
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(115);
  });
});

describe("an order", () => {
  it("is drawn with one number for each value but one, the same for the same seed", () => {
    const drawn: number[] = [];
    const random = seededRandom(1);
    const order = shuffled(["a", "b", "c", "d", "e"], () => {
      drawn.push(random());
      return drawn.at(-1) ?? 0;
    });
    expect(drawn).toHaveLength(4);
    // 0.627, 0.003, 0.527 and 0.981: the last place gets the fourth of five, the next the first of four, and so on.
    expect(order.join("")).toBe("ecbad");
  });
});

describe("points of Gauss and Legendre", () => {
  it("go from left to right: of two of them between −1 and 3, each lies 2 ÷ √3 from the middle", () => {
    const [left, right] = gaussLegendre(2, -1, 3);
    expect(left?.at).toBeCloseTo(1 - 2 / Math.sqrt(3), 14);
    expect(right?.at).toBeCloseTo(1 + 2 / Math.sqrt(3), 14);
    expect([left?.weight, right?.weight]).toEqual([expect.closeTo(2, 13), expect.closeTo(2, 13)]);
  });

  it("integrate polynomials of degree 2n − 1 exactly, between any ends", () => {
    for (const count of [1, 2, 5, 48]) {
      const degree = 2 * count - 1;
      const found = gaussLegendre(count, -1, 3).reduce((sum, { at, weight }) => sum + weight * (at / 3) ** degree, 0);
      const primitive = (x: number) => (3 / (degree + 1)) * (x / 3) ** (degree + 1);
      expect(Math.abs(found - (primitive(3) - primitive(-1)))).toBeLessThan(1e-12);
    }
  });
});

describe("the binomial distribution", () => {
  it("is that of two throws of a coin, and has all of its mass below its end", () => {
    const found = [-1, 0, 1, 2, 3].map((k) => binomialDistribution(k, 2, 0.5));
    for (const [index, expected] of [0, 0.25, 0.75, 1, 1].entries()) expect(found[index]).toBeCloseTo(expected, 12);
  });

  it("has nothing below its start and all of its mass at its end, even of what never or always succeeds", () => {
    expect([-2, -1].flatMap((k) => [0, 0.5, 1].map((p) => binomialDistribution(k, 2, p)))).toEqual([0, 0, 0, 0, 0, 0]);
    expect([2, 4].flatMap((k) => [0, 0.5, 1].map((p) => binomialDistribution(k, 2, p)))).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("says nothing of a share without a trial: it may be anything", () => {
    expect(binomialInterval(0, 0)).toEqual({ share: Number.NaN, lower: 0, upper: 1 });
  });
});
