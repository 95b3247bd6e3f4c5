import { describe, expect, it } from "vitest";
import { budget } from "../plan/sample-budget.ts";
import { type Answers, at, driven, FINE, type Promised, SLOW, type Stretch } from "./sample-stress.ts";

const CALM = 10;
/** What is read after a broken peak that was longer than all before, at a rate that had been there. */
const recovery = (calm: readonly Stretch[], before: readonly Stretch[] = [at(50, 10)], promised: Promised = {}) =>
  driven([...before, at(200, 20, [{ p95: 2000 }]), ...calm], promised).recovery;
const calm = (...answers: readonly Answers[]) => [at(50, CALM, answers)];

const RECOVERED = { seconds: 0, isOver: true };
const NEVER = { seconds: CALM, isOver: false };

describe("a service has recovered", () => {
  it("from the first second on after which all is as before, counted from the last rate on", () => {
    expect(recovery([at(50, 3, SLOW), at(50, 7)])).toEqual({ seconds: 3, isOver: true });
    // On the way down it was still slow.
    expect(recovery([at(100, 5, SLOW), at(50, CALM)], [at(100, 10)])).toEqual(RECOVERED);
  });

  it("where latency is no more than twice as high as it was", () => {
    expect(recovery(calm({ p95: 40 }))).toEqual(RECOVERED);
    expect(recovery(calm({ p95: 41 }))).toEqual(NEVER);
  });

  it("or higher by no more than a tenth of its limit", () => {
    const promised = { endpoints: { list: [budget("p95 of latency < 1 s")] } };
    expect(recovery(calm({ p95: 120 }), undefined, promised)).toEqual(RECOVERED);
    expect(recovery(calm({ p95: 121 }), undefined, promised)).toEqual(NEVER);
  });

  it("as it was in the median of the seconds before, of those that knew it", () => {
    const blip = [at(50, 4), at(50, 1, [{ p95: 90 }]), at(50, 4)];
    expect(recovery(calm({ p95: 41 }), blip)).toEqual(NEVER);
    const seldom = [at(50, 2), at(50, 8, [{ requests: 4 }])];
    expect(recovery(calm({ p95: 40 }), seldom)).toEqual(RECOVERED);
    // Never known: then a tenth of the limit is all there is.
    const unknown = [at(50, 10, [{ requests: 4 }])];
    expect(recovery(calm({ p95: 10 }), unknown)).toEqual(RECOVERED);
    expect(recovery(calm({ p95: 11 }), unknown)).toEqual(NEVER);
  });

  it("only when each of its endpoints has", () => {
    const endpoints = { list: [budget("p95 of latency < 100 ms")], pay: [budget("p95 of latency < 100 ms")] };
    const both = (pay: number) => [{ p95: 20 }, { endpoint: "pay", p95: pay }];
    const before = [at(50, 10, both(20))];
    expect(recovery(calm(...both(40)), before, { endpoints })).toEqual(RECOVERED);
    expect(recovery(calm(...both(60)), before, { endpoints })).toEqual(NEVER);
  });

  it("only when errors are gone", () => {
    expect(recovery(calm({ p95: 20, failed: 10 }))).toEqual(NEVER);
    expect(recovery(calm({ failed: 50 }))).toEqual(NEVER);
  });
});

describe("whether a service has recovered is not known", () => {
  it("where the rate never came back", () => {
    expect(recovery([])).toBeUndefined();
  });

  it("where it is asked too seldom in the end for a percentile, in each second", () => {
    expect(recovery(calm({ p95: 20, requests: 4 }))).toBeUndefined();
    const once = [at(50, 1, [{ requests: 4 }]), at(50, 9)];
    expect(recovery([at(50, 3, SLOW), ...once])).toEqual({ seconds: 3, isOver: true });
  });
});

describe("a service without limits on latency", () => {
  const drivenBy = (rate: number, ...answers: readonly (readonly Answers[])[]) =>
    driven([at(100, 10), at(200, 10, [{ failed: 100 }]), ...answers.map((each) => at(rate, 1, each))], {
      endpoints: {},
    }).recovery;
  const alternating = [FINE, [], FINE, [], FINE, []].map((answers) => answers.map((one) => ({ ...one, requests: 1 })));

  it("has recovered when errors are gone", () => {
    expect(drivenBy(50, [{ failed: 10 }], FINE, FINE, FINE, FINE, FINE)).toEqual({ seconds: 1, isOver: true });
  });

  it("is not waited for in seconds that may have no request", () => {
    expect(drivenBy(0.5, ...alternating)).toEqual({ seconds: 0, isOver: true });
    expect(drivenBy(1, ...alternating)).toEqual({ seconds: 6, isOver: false });
  });
});
