import { describe, expect, it } from "vitest";
import type { AbRecord, AbStart, AnswerDifference } from "../../collect/ab-record.ts";
import { alternating, changeStarts, p50Of, sampleComparison } from "../sample-comparison.ts";
import { decideAb } from "./decide-ab.ts";
import { DEFAULT_AB_RULES, MOST_BUSY } from "./rules.ts";

const equal = sampleComparison({ read: alternating(1, 0.005, 8), write: alternating(1, 0.005, 8) });
const reasonsOf = (record: AbRecord) => decideAb(record, DEFAULT_AB_RULES).reasons;

const difference = (endpoint: string): AnswerDifference => ({
  endpoint,
  what: "status",
  sentence: "base answered 200, head 404",
  seen: 12,
  of: 900,
});
const requests = (base: number, head: number): Pick<AbStart, "requests"> => ({
  requests: { base: { sent: 1000, failed: base, dropped: 0 }, head: { sent: 1000, failed: head, dropped: 0 } },
});
/** What `starts` are multiplied by, on one side, in every figure. */
const timesIn = (side: "base" | "head", factor: number, starts: readonly number[]) => (start: AbStart) =>
  starts.includes(start.index)
    ? { figures: start.figures.map((figure) => ({ ...figure, [side]: figure[side] * factor })) }
    : {};
const CANARY = { count: 500, failed: 0, dropped: 0, p50: 0.4, p95: 1, p99: 4, max: 120 };
const folded = ({ instrument }: AbStart) =>
  instrument === undefined ? {} : { instrument: { ...instrument, overflowSeries: 1 } };

describe("what a reader of a comparison should know", () => {
  it("is nothing where nothing was unusual", () => {
    expect(reasonsOf(equal)).toEqual([]);
  });

  it("is each answer that differs", () => {
    const differences = [difference("cart.read"), { ...difference("cart.add"), seen: 1, of: 1 }];
    const common = {
      kind: "WARNING",
      code: "answers differ",
      remedy: "Where the difference is wanted, compare latencies with care: the two sides do not do the same work.",
    };
    expect(reasonsOf({ ...equal, differences })).toEqual([
      { ...common, sentence: "cart.read: base answered 200, head 404 (in 12 of 900 pairs)" },
      { ...common, sentence: "cart.add: base answered 200, head 404 (in 1 of 1 pairs)" },
    ]);
  });

  it("is that head fails where base does not, and then no other word about failures", () => {
    expect(reasonsOf(changeStarts(equal, () => requests(3, 250)))).toEqual([
      {
        kind: "FAIL",
        code: "functional",
        sentence: "head failed 25 % of its requests, base 0.3 %; head more in every start",
        remedy: "Read the differences of the answers and the logs of head; latencies of what failed are not compared.",
      },
    ]);
  });

  it("is that head fails more, though not in every start", () => {
    expect(reasonsOf(changeStarts(equal, ({ index }) => requests(0, index === 0 ? 0 : 200)))).toEqual([
      {
        kind: "INCONCLUSIVE",
        code: "functional",
        sentence: "head failed 18 % of its requests, base 0 %, more than chance explains, but not more in every start",
        remedy: "Read the logs of head; more starts tell a burst of failures from a habit.",
      },
    ]);
  });

  it("is that requests fail on either side, from one in a thousand on", () => {
    const said = (base: number, head: number) => reasonsOf(changeStarts(equal, () => requests(base, head)));
    expect(said(20, 1)).toEqual([
      {
        kind: "WARNING",
        code: "failed requests",
        sentence: "head failed 0.1 % of its requests, base 2 %; latencies are of the others",
      },
    ]);
    expect(said(1, 0).map(({ code }) => code)).toEqual(["failed requests"]);
    expect(said(0, 1).map(({ code }) => code)).toEqual(["failed requests"]);
    expect(reasonsOf(changeStarts(equal, ({ index }) => requests(index === 0 ? 0 : 1, 0)))).toEqual([]);
  });

  it("is why starts are no evidence, each check said once", () => {
    const reason = (sentence: string) => ({
      kind: "WARNING",
      code: "unsound starts",
      sentence,
      remedy: "Stop other programs, lower the rate, or give k6 a core of its own.",
    });
    const one = changeStarts(equal, (start) => (start.index === 3 ? folded(start) : {}));
    expect(reasonsOf(one)).toEqual([
      reason("1 start is no evidence, because the instrument was not sound: overflow series"),
    ]);
    const two = changeStarts(one, ({ index, instrument }) =>
      index === 1 && instrument !== undefined
        ? { instrument: { ...instrument, canary: { ...CANARY, p99: 104 }, overflowSeries: 2 } }
        : {},
    );
    expect(reasonsOf(two)).toEqual([
      reason("2 starts are no evidence, because the instrument was not sound: canary p99, overflow series"),
    ]);
  });

  it("is that the cores were busy, above the share at which load is found", () => {
    const busy = (busyShare: number) => reasonsOf({ ...equal, load: { scale: 1, busyShare, measureSeconds: 12 } });
    expect(busy(MOST_BUSY)).toEqual([]);
    expect(busy(0.93)).toEqual([
      {
        kind: "WARNING",
        code: "busy cores",
        sentence:
          "the cores were 93 % busy with both sides, so that each waits for the other: latency shows less of a difference than there is",
        remedy: "Lower the rate of the scenario, or compare on more cores.",
      },
    ]);
    const { load: _, ...withoutLoad } = equal;
    expect(reasonsOf(withoutLoad)).toEqual([]);
  });

  it("is in how many starts latency was still moving after the warm-up", () => {
    const warmedUp = (unsteady: number) =>
      reasonsOf(
        changeStarts(equal, ({ index }) => ({
          warmup: { requests: { base: 10, head: 10 }, seconds: 4, steady: index >= unsteady },
        })),
      );
    expect(warmedUp(0)).toEqual([]);
    expect(warmedUp(3)).toEqual([
      {
        kind: "WARNING",
        code: "not steady",
        sentence: "latency was still moving when the warm-up of 3 of 8 starts was over",
      },
    ]);
  });

  it("is which starts of which deciding figure have no weight, and whether that would have spoken for head", () => {
    const reason = (sentence: string) => ({ kind: "WARNING", code: "outlying starts", sentence });
    const readOnly = { ...equal, gated: [p50Of("read")] };
    expect(reasonsOf(changeStarts(readOnly, timesIn("base", 1.8, [1, 4])))).toEqual([
      reason("p50 of latency of class read: far from all other starts, and so without weight: start 2, start 5"),
    ]);
    const both = changeStarts(changeStarts(readOnly, timesIn("base", 1.8, [1])), timesIn("head", 1.8, [4]));
    expect(reasonsOf(both)).toEqual([
      reason("p50 of latency of class read: far from all other starts, and so without weight: start 2, start 5"),
    ]);
    expect(reasonsOf(changeStarts(equal, timesIn("head", 1.8, [7])))).toEqual(
      ["read", "write"].map((name) =>
        reason(
          `p50 of latency of class ${name}: far from all other starts, and so without weight: start 8; head was the worse side there, so that it is called neither equal nor better`,
        ),
      ),
    );
    const fewer = { ...equal, gated: [p50Of("read"), p50Of("login")] };
    expect(reasonsOf(changeStarts(fewer, timesIn("base", 1.8, [7]))).map(({ sentence }) => sentence)).toEqual([
      "p50 of latency of class read: far from all other starts, and so without weight: start 8",
    ]);
  });

  it("is that another run shared the machine", () => {
    expect(reasonsOf({ ...equal, sharedHost: true })).toEqual([
      { kind: "WARNING", code: "shared host", sentence: "another run shared this machine" },
    ]);
  });

  it("comes with what weighs most first", () => {
    const record = changeStarts(
      {
        ...equal,
        sharedHost: true,
        differences: [difference("cart.read")],
        load: { scale: 1, busyShare: 0.9, measureSeconds: 12 },
      },
      (start) => ({
        ...requests(1, 300),
        ...timesIn("head", 1.8, [5])(start),
        ...(start.index === 2 ? folded(start) : {}),
        warmup: { requests: { base: 10, head: 10 }, seconds: 4, steady: false },
      }),
    );
    const codes = [
      "answers differ",
      "functional",
      "unsound starts",
      "busy cores",
      "not steady",
      "outlying starts",
      "outlying starts",
      "shared host",
    ];
    expect(reasonsOf(record).map(({ code }) => code)).toEqual(codes);
    const debugged = changeStarts(record, ({ index, instrument }) =>
      index > 0 || instrument === undefined
        ? {}
        : { instrument: { ...instrument, serviceMode: ["head: an inspector listens"] } },
    );
    expect(reasonsOf(debugged).map(({ code }) => code)).toEqual(["not a production build", ...codes]);
  });
});
