import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOST_STEPS, type Next, nextStep, type SearchLimits, type Tried } from "./search.ts";

type Service = (rate: number, purpose: Tried["purpose"], step: number) => Omit<Tried, "rate" | "purpose">;

/** Drives a simulated service to the end of a search. */
function search(limits: SearchLimits, service: Service): { tried: Tried[]; end: Exclude<Next, { next: "step" }> } {
  const tried: Tried[] = [];
  for (;;) {
    const next = nextStep(tried, limits);
    if (next.next !== "step") return { tried, end: next };
    expect(tried.length).toBeLessThanOrEqual(2 * MOST_STEPS);
    tried.push({ rate: next.rate, purpose: next.purpose, ...service(next.rate, next.purpose, tried.length) });
  }
}

/** mulberry32: a stream that fast-check made would hold the extremes far too often. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const limited =
  (capacity: number): Service =>
  (rate) => ({ outcome: rate <= capacity ? "held" : "failed", plain: rate > capacity * 1.1 });

const capacities = fc.double({ min: 2, max: 50_000, noNaN: true });
const guesses = fc.double({ min: 5, max: 5_000, noNaN: true });
const resolutions = fc.constantFrom(0.02, 0.05, 0.1);

describe("the search for the highest rate that holds", () => {
  it("ends with an interval of the wanted width around the true capacity", () => {
    fc.assert(
      fc.property(capacities, guesses, resolutions, (capacity, from, resolution) => {
        fc.pre(capacity > from / 100);
        const { end, tried } = search({ from, resolution }, limited(capacity));
        if (end.next !== "answer" || end.failed === undefined) throw new Error(JSON.stringify(end));
        expect(end.held).toBeLessThanOrEqual(capacity);
        expect(end.failed).toBeGreaterThan(capacity);
        expect(end.failed / end.held).toBeLessThanOrEqual((1 + resolution) * 1.005);
        const doublings = Math.ceil(Math.abs(Math.log2(capacity / from))) + 1;
        const halvings = Math.ceil(Math.log2(Math.log(2) / Math.log(1 + resolution))) + 1;
        // One more to confirm, one more where the failing end may have been noise.
        expect(tried.length).toBeLessThanOrEqual(doublings + halvings + 2);
      }),
      { numRuns: 2000 },
    );
  });

  it("stays near the true capacity where outcomes close to it are chance", () => {
    fc.assert(
      fc.property(capacities, fc.integer(), (capacity, seed) => {
        const draw = randomFrom(seed);
        const { end } = search({ from: capacity / 3, resolution: 0.05 }, (rate) => {
          const holds = 1 / (1 + Math.exp((rate / capacity - 1) / 0.01));
          return { outcome: draw() < holds ? "held" : "failed" };
        });
        if (end.next !== "answer") throw new Error(JSON.stringify(end));
        // Logistic with a width of 1 %: 15 % away an outcome is chance once in three million.
        expect(end.held).toBeLessThan(capacity * 1.15);
        expect(end.failed).toBeGreaterThan(capacity * 0.85);
      }),
      { numRuns: 1000, seed: 7 },
    );
  });

  it("is not held down for ever by one failure that may have been noise", () => {
    const once = (plain: boolean) => {
      let noisy = true;
      return search({ from: 100, resolution: 0.05 }, (rate) => {
        const isNoise = noisy && rate > 600;
        if (isNoise) noisy = false;
        return { outcome: isNoise || rate > 3000 ? "failed" : "held", plain: rate > 3000 || (isNoise && plain) };
      }).end;
    };
    expect(once(false)).toMatchObject({ next: "answer", failed: expect.closeTo(3070, -2) });
    // Dropped iterations are no noise: what had them is not asked again.
    expect(once(true)).toMatchObject({ next: "answer", failed: 800 });
  });

  it("never answers with a rate that failed when it was tried last, whatever a service does", () => {
    const outcomes = fc.constantFrom("held" as const, "failed" as const, "invalid" as const);
    fc.assert(
      fc.property(fc.infiniteStream(fc.record({ outcome: outcomes, plain: fc.boolean() })), (stream) => {
        const draws = stream[Symbol.iterator]();
        const { end, tried } = search({ from: 100, resolution: 0.05 }, () => draws.next().value);
        if (end.next === "give up") {
          expect(end.because === "no end" || tried.slice(-2).every(({ outcome }) => outcome === "invalid")).toBe(true);
          return;
        }
        const last = (rate: number) => tried.findLast((one) => one.rate === rate && one.outcome !== "invalid");
        if (end.held > 0) {
          expect(last(end.held)?.outcome).toBe("held");
          expect(tried).toContainEqual(
            expect.objectContaining({ rate: end.held, purpose: "confirm", outcome: "held" }),
          );
        }
        if (end.failed !== undefined) {
          expect(last(end.failed)?.outcome).toBe("failed");
          expect(end.failed).toBeGreaterThan(end.held);
        }
        const lower = tried.filter(({ rate }) => rate <= end.held).map(({ rate }) => last(rate)?.outcome);
        expect(lower).not.toContain("failed");
      }),
      { numRuns: 3000 },
    );
  });

  it("finds what a service that tires holds for long, where each step alone would have held", () => {
    fc.assert(
      fc.property(capacities, fc.double({ min: 0.8, max: 0.99, noNaN: true }), (capacity, tired) => {
        const { end } = search({ from: capacity / 5, resolution: 0.05 }, (rate, purpose) => ({
          outcome: rate <= capacity * (purpose === "confirm" ? tired : 1) ? "held" : "failed",
          plain: true,
        }));
        if (end.next !== "answer" || end.failed === undefined) throw new Error(JSON.stringify(end));
        expect(end.held).toBeLessThanOrEqual(capacity * tired);
        expect(end.failed).toBeGreaterThan(capacity * tired);
        expect(end.failed / end.held).toBeLessThanOrEqual(1.05 ** 2 * 1.011);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the ends of a search that the service does not set", () => {
  it("is a lower bound where the generator may not be asked for more", () => {
    const { end, tried } = search({ from: 100, resolution: 0.05 }, () => ({ outcome: "held", ceiling: 1234 }));
    expect(end).toEqual({ next: "answer", held: 1230, endedBy: "generator" });
    expect(Math.max(...tried.map(({ rate }) => rate))).toBe(1230);
  });

  it("is confirmed once where the generator's ceiling rises with every step", () => {
    const { end, tried } = search({ from: 100, resolution: 0.05 }, (rate) => ({
      outcome: "held",
      ceiling: rate < 1000 ? rate * 1.5 : rate * 1.04,
    }));
    expect(end).toMatchObject({ next: "answer", endedBy: "generator" });
    expect(tried.filter(({ purpose }) => purpose === "confirm")).toHaveLength(1);
  });

  it("is a lower bound at the rate that was asked for as the last", () => {
    const { end } = search({ from: 100, to: 150, resolution: 0.05 }, () => ({ outcome: "held", ceiling: 1234 }));
    expect(end).toEqual({ next: "answer", held: 150, endedBy: "asked" });
  });

  it.each([1.237, 12.38, 155.7, 1238.71])("goes not one digit beyond %d/s, which may be all that is allowed", (to) => {
    const { tried } = search({ from: to / 5, to, resolution: 0.05 }, () => ({ outcome: "held" }));
    expect(Math.max(...tried.map(({ rate }) => rate))).toBeLessThanOrEqual(to);
    expect(search({ from: 2 * to, to, resolution: 0.05 }, () => ({ outcome: "held" })).tried[0]?.rate).toBe(to);
  });

  it("repeats an invalid step once, and then gives up", () => {
    const once = search({ from: 100, resolution: 0.05 }, (rate, _, step) =>
      step === 2 ? { outcome: "invalid" } : limited(333)(rate, "search", step),
    );
    expect(once.end).toMatchObject({ next: "answer" });
    expect(once.tried[3]).toMatchObject({ rate: once.tried[2]?.rate, purpose: once.tried[2]?.purpose });
    const twice = search({ from: 100, resolution: 0.05 }, (_, __, step) => ({
      outcome: step === 0 ? "held" : "invalid",
    }));
    expect(twice.end).toEqual({ next: "give up", because: "invalid twice" });
    expect(twice.tried).toHaveLength(3);
  });

  it("is nothing at all where even the smallest rate fails", () => {
    const { end } = search({ from: 100, resolution: 0.05 }, () => ({ outcome: "failed" }));
    expect(end).toMatchObject({ next: "answer", held: 0 });
  });
});
