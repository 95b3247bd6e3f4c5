import { describe, expect, it } from "vitest";
import { MOST_STEPS, type Next, nextStep, type SearchLimits, type Tried } from "./search.ts";

type More = Partial<Tried>;

const tried =
  (outcome: Tried["outcome"], purpose: Tried["purpose"] = "search") =>
  (rate: number, more: More = {}): Tried => ({ rate, purpose, outcome, ...more });
const held = tried("held");
const failed = tried("failed");
const invalid = tried("invalid");
const confirmed = tried("held", "confirm");
const broke = tried("failed", "confirm");

const next = (steps: readonly Tried[], limits: Partial<SearchLimits> = {}) =>
  nextStep(steps, { from: 100, resolution: 0.05, ...limits });
const search = (rate: number): Next => ({ next: "step", rate, purpose: "search" });
const confirm = (rate: number): Next => ({ next: "step", rate, purpose: "confirm" });
const answer = (held: number, failed: number): Next => ({ next: "answer", held, failed, endedBy: "service" });
const bound = (held: number, endedBy: "generator" | "asked"): Next => ({ next: "answer", held, endedBy });

describe("a search that knows no rate that failed", () => {
  it("begins where it was told, at a rate of three digits that is never beyond the end", () => {
    expect(next([])).toEqual(search(100));
    expect(next([], { from: 1238.4 })).toEqual(search(1240));
    expect(next([], { from: 1238.4, to: 1239 })).toEqual(search(1239));
    expect(next([], { from: 200, to: 150 })).toEqual(search(150));
  });

  it.each<[string, readonly Tried[], Next]>([
    ["doubles", [held(100)], search(200)],
    ["doubles what held highest, in whatever order it was tried", [held(200), held(100), held(50)], search(400)],
    ["doubles up to the ceiling", [held(100, { ceiling: 200 })], search(200)],
    ["goes to the ceiling where twice as much is beyond it", [held(100, { ceiling: 199 })], search(199)],
    ["goes to the ceiling where that is beyond the resolution", [held(100, { ceiling: 106 })], search(106)],
    ["confirms where the ceiling is within the resolution", [held(100, { ceiling: 105 })], confirm(100)],
    ["believes the last ceiling", [held(50, { ceiling: 90 }), held(100, { ceiling: 500 })], search(200)],
    ["keeps a ceiling that a later step did not see", [held(50, { ceiling: 120 }), held(100)], search(120)],
    [
      "believes no ceiling of an invalid step",
      [held(50, { ceiling: 900 }), invalid(100, { ceiling: 101 }), held(100)],
      search(200),
    ],
    ["ends at a ceiling once confirmed", [held(100, { ceiling: 101 }), confirmed(100)], bound(100, "generator")],
    [
      "ends there, too, where the ceiling has risen",
      [held(100, { ceiling: 101 }), confirmed(100, { ceiling: 150 })],
      bound(100, "generator"),
    ],
  ])("%s", (_, steps, then) => {
    expect(next(steps)).toEqual(then);
  });

  it("goes to the rate that was asked for as the last, and ends there", () => {
    expect(next([held(619)], { to: 1239 })).toEqual(search(1239));
    expect(next([held(619)], { to: 1237 })).toEqual(search(1237));
    expect(next([held(619)], { to: 640 })).toEqual(confirm(619));
    expect(next([confirmed(619)], { to: 640 })).toEqual(bound(619, "asked"));
  });

  it("ends at the lower of the rate that was asked for and the ceiling, and says which", () => {
    const low = { ceiling: 102 };
    expect(next([held(100, low)], { to: 150 })).toEqual(confirm(100));
    expect(next([held(100, low), confirmed(100, low)], { to: 150 })).toEqual(bound(100, "generator"));
    expect(next([held(100, { ceiling: 900 }), confirmed(100)], { to: 103 })).toEqual(bound(100, "asked"));
  });
});

describe("a search that knows no rate that held", () => {
  it("halves", () => {
    expect(next([failed(100)])).toEqual(search(50));
    expect(next([failed(100), failed(50), failed(25)])).toEqual(search(12.5));
    expect(next([failed(3.13)])).toEqual(search(1.56));
  });

  it("ends at nothing once the next rate would be less than a 256th of the first", () => {
    expect(next([failed(2)], { from: 256 })).toEqual(search(1));
    expect(next([failed(1.99)], { from: 256 })).toEqual(answer(0, 1.99));
  });
});

describe("a search between a rate that held and one that failed", () => {
  it.each<[string, readonly Tried[], Next]>([
    ["goes to their geometric mean", [held(100), failed(200)], search(141)],
    ["counts the lowest that failed", [failed(400), failed(200), held(100), failed(300)], search(141)],
    ["counts the highest that held below it", [held(50), held(100), held(250), failed(200)], search(141)],
    [
      "does not count what held at a rate that failed when it was tried last",
      [held(200), held(100), failed(200)],
      search(141),
    ],
    [
      "does not count what failed at a rate that held when it was tried last",
      [failed(200), held(100), held(200)],
      search(400),
    ],
    ["does not count what an invalid step was like", [held(100), invalid(200), failed(200)], search(141)],
    ["is near enough within the resolution", [held(100), failed(105, { plain: true })], confirm(100)],
    ["allows for the rounding of both", [held(100), failed(105.5, { plain: true })], confirm(100)],
    ["is not near enough beyond that", [held(100), failed(105.6, { plain: true })], search(103)],
    [
      "ends once the lower is confirmed and the upper certain",
      [confirmed(100), failed(104, { plain: true })],
      answer(100, 104),
    ],
    [
      "ends as well where it was confirmed before",
      [confirmed(100), held(100), failed(104, { plain: true })],
      answer(100, 104),
    ],
  ])("%s", (_, steps, then) => {
    expect(next(steps)).toEqual(then);
  });

  it("tries a failure that may have been noise once more, for good or ill", () => {
    const before = [held(100), failed(104), confirmed(100)];
    expect(next(before)).toEqual(search(104));
    expect(next([held(100), failed(104, { plain: false }), confirmed(100)])).toEqual(search(104));
    expect(next([...before, failed(104)])).toEqual(answer(100, 104));
    expect(next([...before, held(104)])).toEqual(search(208));
    // One failure after it had held once is still only one.
    expect(next([held(104), confirmed(100), failed(104)])).toEqual(search(104));
  });
});

describe("a search whose winner breaks when it is confirmed", () => {
  const first = [held(200), failed(210, { plain: true })];

  it("descends by steps that double, each confirmed", () => {
    expect(next([...first, broke(200)])).toEqual(confirm(190));
    expect(next([...first, broke(200), broke(190)])).toEqual(confirm(172));
    expect(next([...first, broke(200), broke(190), broke(172)])).toEqual(confirm(142));
  });

  it("no longer believes what held for a step alone", () => {
    expect(next([held(100), ...first, broke(200)])).toEqual(confirm(190));
    expect(next([held(100), ...first, broke(200), confirmed(190)])).toEqual(answer(190, 200));
    expect(next([held(190), ...first, broke(200), confirmed(190)])).toEqual(answer(190, 200));
  });

  it("ends where the ends lie two steps apart, since each more is dear", () => {
    expect(next([...first, broke(200), broke(190), confirmed(172)])).toEqual(answer(172, 190));
    expect(next([...first, broke(200), broke(190), confirmed(171)])).toEqual(confirm(180));
  });

  it("ends at nothing once even little breaks", () => {
    expect(next([broke(1)], { from: 256 })).toEqual(answer(0, 1));
    expect(next([broke(1.06)], { from: 256 })).toEqual(confirm(1.01));
  });
});

describe("a step that was invalid", () => {
  it("is driven again, for what it was driven for", () => {
    expect(next([invalid(100)])).toEqual(search(100));
    expect(next([held(100, { ceiling: 101 }), invalid(100, { purpose: "confirm", ceiling: 7 })])).toEqual(confirm(100));
  });

  it("ends the search where it comes twice in a row", () => {
    const end = { next: "give up", because: "invalid twice" };
    expect(next([invalid(100), invalid(100)])).toEqual(end);
    expect(next([held(100), invalid(200), invalid(200)])).toEqual(end);
    expect(next([invalid(100), held(100), invalid(200)])).toEqual(search(200));
  });
});

describe("a search that finds no end", () => {
  const many = (steps: number) => Array.from({ length: steps }, () => held(100));

  it("gives up after the most steps that are worth it, and not before", () => {
    expect(next(many(MOST_STEPS - 1))).toEqual(search(200));
    expect(next(many(MOST_STEPS))).toEqual({ next: "give up", because: "no end" });
  });

  it("still drives its last step again where that was invalid", () => {
    expect(next([...many(MOST_STEPS), invalid(400)])).toEqual(search(400));
  });
});
