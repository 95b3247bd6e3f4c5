import { describe, expect, it } from "vitest";
import type { AbRecord, AbStart, FigureKey } from "../../collect/ab-record.ts";
import { alternating, changeStarts, p50Of, type SampleRatios, sampleComparison } from "../sample-comparison.ts";
import type { AbRules } from "./ab-verdict.ts";
import { change, decideAb, figureName } from "./decide-ab.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";
import { unsoundLimit } from "./sound-starts.ts";

/** One look, after six starts: it has the whole level, so that every interval can be worked out by hand. */
const rules = (of: Partial<AbRules> = {}): AbRules => ({ ...DEFAULT_AB_RULES, minimumStarts: 6, mostStarts: 6, ...of });
const sentence = (record: AbRecord, of: Partial<AbRules> = {}) => decideAb(record, rules(of)).sentence;
const compare = (ratios: SampleRatios, of: Partial<AbRules> = {}) => sentence(sampleComparison(ratios), of);

const slower = alternating(1.1, 0.01);
const equal = alternating(1, 0.005);
const noisy = alternating(1, 0.04);

const unsoundIn = (starts: readonly number[]) => (start: AbStart) =>
  starts.includes(start.index) && start.instrument !== undefined
    ? { instrument: { ...start.instrument, overflowSeries: 1 } }
    : {};
const failingIn = (base: number, head: (start: number) => number) => (start: AbStart) => ({
  requests: {
    base: { sent: 1000, failed: base, dropped: 0 },
    head: { sent: 1000, failed: head(start.index), dropped: 0 },
  },
});

describe("the sentence of a comparison that is REGRESSED", () => {
  it("names each figure that is worse with its interval, the largest change first", () => {
    expect(compare({ write: slower })).toBe(
      "REGRESSED: p50 of latency of class write +10 % (+8.2 to +12 %), after 6 starts",
    );
    const several = {
      read: alternating(1.05, 0.01),
      write: alternating(1.2, 0.01),
      login: alternating(0.9, 0.01),
      search: noisy,
    };
    // Holm over four figures: 1.5 % ÷ 4 for the strongest evidence, then ÷ 3, ÷ 2, and all of it.
    expect(compare(several)).toBe(
      "REGRESSED: p50 of latency of class write +20 % (+17 to +23 %); p50 of latency of class read +5.0 % (+3.0 to +7.1 %), after 6 starts",
    );
  });

  it("says how often requests fail where head's fail, whatever the latencies are", () => {
    const failing = failingIn(4, () => 123);
    const said = "REGRESSED: head fails 12 % of its requests, base 0.4 %";
    expect(sentence(changeStarts(sampleComparison({ read: slower }), failing))).toBe(said);
    expect(sentence(changeStarts(sampleComparison({ read: noisy }, { gated: [] }), failing))).toBe(said);
    const all = failingIn(0, () => 1000);
    expect(sentence(changeStarts(sampleComparison({ read: equal }), all))).toBe(
      "REGRESSED: head fails 100 % of its requests, base 0 %",
    );
  });
});

describe("the sentence of a comparison that passes", () => {
  it("names each figure that has IMPROVED, the largest change first", () => {
    const ratios = { read: alternating(0.95, 0.01), write: alternating(0.8, 0.01), login: equal };
    expect(compare(ratios)).toBe(
      "IMPROVED: p50 of latency of class write −20 % (−22 to −18 %); p50 of latency of class read −5.0 % (−6.8 to −3.1 %), and nothing is worse, after 6 starts",
    );
  });

  it("says how many figures are EQUIVALENT, and within what", () => {
    expect(compare({ read: equal })).toBe("EQUIVALENT: the one gated figure is within ±3 %, after 6 starts");
    expect(compare({ read: equal, write: equal }, { margin: 0.125 })).toBe(
      "EQUIVALENT: all 2 gated figures are within ±13 %, after 6 starts",
    );
  });
});

describe("the sentence of a comparison that is INCONCLUSIVE", () => {
  it.each<[string, string, SampleRatios]>([
    [
      "when it can be decided at the earliest",
      "INCONCLUSIVE: 1 of 1 gated figure is undecided after 1 start; nothing can be said before 6",
      { read: [1] },
    ],
    [
      "the same of every figure, be one never measured so far",
      "INCONCLUSIVE: 2 of 2 gated figures are undecided after 5 starts; nothing can be said before 6",
      { read: equal.slice(1), write: [] },
    ],
    [
      "how many more starts would decide it",
      "INCONCLUSIVE: 1 of 2 gated figures are undecided after 6 starts; about 10 more would decide it",
      { read: noisy, write: equal },
    ],
    [
      "how many more starts would decide a figure that not every start has",
      "INCONCLUSIVE: 1 of 2 gated figures are undecided after 6 starts; about 1 more would decide it",
      { read: [...equal.slice(1), undefined], write: equal },
    ],
    [
      "that none would",
      "INCONCLUSIVE: 1 of 1 gated figure is undecided after 6 starts; no number of starts that is worth its time would decide it at this noise",
      { read: alternating(1, 0.5) },
    ],
    [
      "that head was far worse in single starts",
      "INCONCLUSIVE: head was far worse than base in single starts, which may be chance or may be head, after 6 starts",
      { read: [1, 1, 1, 1.8, 1, 1], write: noisy },
    ],
    [
      "nothing of single starts that head was better in",
      "INCONCLUSIVE: 1 of 2 gated figures are undecided after 6 starts; about 10 more would decide it",
      { read: [1, 1, 1, 0.5, 1, 1], write: noisy },
    ],
    [
      "nothing of single starts before the first look",
      "INCONCLUSIVE: 1 of 1 gated figure is undecided after 5 starts; nothing can be said before 6",
      { read: [1, 1, 1, 1.8, 1] },
    ],
  ])("says %s", (_, said, ratios) => {
    expect(compare(ratios)).toBe(said);
  });

  it("says that failures are in doubt where nothing else is", () => {
    const burst = failingIn(1, (start) => (start === 0 ? 0 : 120));
    expect(sentence(changeStarts(sampleComparison({ read: equal }), burst))).toBe(
      "INCONCLUSIVE: head fails 10 % of its requests, base 0.1 %, but not more in every start",
    );
    expect(sentence(changeStarts(sampleComparison({ read: noisy, write: equal }), burst))).toBe(
      "INCONCLUSIVE: 1 of 2 gated figures are undecided after 6 starts; about 10 more would decide it",
    );
  });
});

describe("the sentence of a comparison that is INVALID", () => {
  it("says in how many starts the instrument was not sound, beyond a third of those that were planned", () => {
    const limit = unsoundLimit(rules({ mostStarts: 12 }));
    const record = (unsound: number) =>
      changeStarts(sampleComparison({ read: alternating(1.1, 0.01, 10) }), unsoundIn([...Array(unsound).keys()]));
    expect(sentence(record(limit), { mostStarts: 12 })).toMatch(/^REGRESSED: /);
    expect(sentence(record(limit + 1), { mostStarts: 12 })).toBe(
      "INVALID: the instrument was not sound in 5 of 10 starts",
    );
  });

  it("says so of all starts that there are where no more can come, and not where one of them was sound", () => {
    const one = changeStarts(sampleComparison({ read: [1] }), unsoundIn([0]));
    const two = changeStarts(sampleComparison({ read: [1, 1] }), unsoundIn([0]));
    expect(sentence(one, { over: true })).toBe("INVALID: the instrument was not sound in 1 of 1 starts");
    const undecided = (after: string) =>
      `INCONCLUSIVE: 1 of 1 gated figure is undecided after ${after}; nothing can be said before 6`;
    expect(sentence(one)).toBe(undecided("0 starts"));
    expect(sentence(two, { over: true })).toBe(undecided("1 start"));
    expect(compare({ read: [] }, { over: true })).toBe(undecided("0 starts"));
  });

  it("says that there was nothing to compare", () => {
    expect(sentence(sampleComparison({ read: equal }, { gated: [] }))).toBe("INVALID: no figure was to be compared");
    expect(compare({ read: equal, write: [] })).toBe("INVALID: p50 of latency of class write was never measured");
    expect(compare({ read: [], write: equal, login: [] })).toBe(
      "INVALID: p50 of latency of class read, p50 of latency of class login were never measured",
    );
  });
});

it.each<[string, FigureKey]>([
  ["p50 of latency of class read", p50Of("read")],
  [
    "p95 of latency of endpoint cart.read",
    { subject: { kind: "endpoint", name: "cart.read" }, metric: "latency", statistic: "p95" },
  ],
  [
    "CPU per request of the service",
    { subject: { kind: "service", name: "service" }, metric: "cpu_time", statistic: "mean" },
  ],
  [
    "max of service_rss of the service",
    { subject: { kind: "service", name: "service" }, metric: "service_rss", statistic: "max" },
  ],
  ["p50 of time of bench parse", { subject: { kind: "bench", name: "parse" }, metric: "time", statistic: "p50" }],
])("a figure is called %s", (name, key) => {
  expect(figureName(key)).toBe(name);
});

it.each([
  [1.041, "+4.1"],
  [0.997, "−0.3"],
  [1, "0.0"],
  [1.0004, "+0.04"],
  [0.9996, "−0.04"],
  [1.00005, "+0.01"],
  [1.00004, "+0.004"],
  [0.999999, "0.0"],
  [1.0006, "+0.1"],
  [1.0994, "+9.9"],
  [1.0996, "+10"],
  [0.9006, "−9.9"],
  [0.9004, "−10"],
  [3.456, "+246"],
  [Number.POSITIVE_INFINITY, "+∞"],
])("a ratio of %f is a change of %s %%", (ratio, text) => {
  expect(change(ratio)).toBe(text);
});
