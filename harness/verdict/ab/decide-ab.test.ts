import { describe, expect, it } from "vitest";
import type { MicroProcess } from "../../collect/micro-record.ts";
import { renderAbJunit } from "../../report/ab/junit.ts";
import { type SampleAb, sampleAb } from "../../report/sample-ab.ts";
import type { AbRules, AbVerdict } from "./ab-verdict.ts";
import { decideAb } from "./decide-ab.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

const rules = (changed: Partial<AbRules> = {}): AbRules => ({ ...DEFAULT_AB_RULES, mostStarts: 10, ...changed });
const decide = (options: SampleAb, changed: Partial<AbRules> = {}) => decideAb(sampleAb(options), rules(changed));

const codes = (verdict: AbVerdict) => verdict.reasons.map(({ code }) => code);

describe("the verdict of an A/B comparison", () => {
  it("is REGRESSED, exit 1, where one class of head is 10 % slower, and names it with its interval", () => {
    const verdict = decide({ starts: 6, slower: { write: 1.1 } });
    expect([verdict.kind, verdict.exitCode, verdict.next]).toEqual(["REGRESSED", 1, "stop"]);
    expect(verdict.sentence).toMatch(
      /^REGRESSED: p50 of latency of class write \+\d+(\.\d)? % \(.* to .* %\), after 6 starts$/,
    );
  });

  it("is IMPROVED, exit 0, where one is faster and nothing else is undecided", () => {
    const verdict = decide({ starts: 10, slower: { write: 0.9 } });
    expect([verdict.kind, verdict.exitCode]).toEqual(["IMPROVED", 0]);
  });

  it("is EQUIVALENT, exit 0, only where every gated figure is inside the margin", () => {
    const verdict = decide({ starts: 10 });
    expect([verdict.kind, verdict.exitCode, verdict.next]).toEqual(["EQUIVALENT", 0, "stop"]);
    expect(verdict.figures.filter(({ gated }) => gated).map(({ kind }) => kind)).toEqual(Array(4).fill("EQUIVALENT"));
  });

  it("mirrors itself when the sides are swapped, and does not depend on the order of the starts", () => {
    const record = sampleAb({ starts: 8, slower: { read: 1.08, write: 0.97 }, noise: 0.02 });
    const swapped = {
      ...record,
      starts: record.starts.map((start) => ({
        ...start,
        figures: start.figures.map((figure) => ({ ...figure, base: figure.head, head: figure.base })),
      })),
    };
    const there = decideAb(record, rules()).figures.map(({ estimate }) => estimate);
    const back = decideAb(swapped, rules()).figures.map(({ estimate }) => estimate);
    for (const [index, one] of there.entries()) {
      expect(1 / (back[index]?.ratio ?? 0)).toBeCloseTo(one?.ratio ?? 0, 12);
      expect(1 / (back[index]?.interval.upper ?? 0)).toBeCloseTo(one?.interval.lower ?? 0, 12);
    }
    const reversed = decideAb({ ...record, starts: record.starts.toReversed() }, rules());
    expect(reversed.figures.map(({ estimate }) => estimate?.ratio.toFixed(12))).toEqual(
      there.map((one) => one?.ratio.toFixed(12)),
    );
  });

  it("asks for another start before the sixth, however large the difference looks", () => {
    const verdict = decide({ starts: 5, slower: { read: 2 } });
    expect([verdict.kind, verdict.next]).toEqual(["INCONCLUSIVE", "another start"]);
  });

  it("is INCONCLUSIVE at the end of its starts where the noise is large, and says how many more would decide", () => {
    const verdict = decide({ starts: 10, noise: 0.03 });
    expect([verdict.kind, verdict.exitCode, verdict.next]).toEqual(["INCONCLUSIVE", 2, "stop"]);
    expect(verdict.sentence).toContain(`; about ${verdict.furtherStarts} more would decide it`);
  });

  it("says never where no number of starts that is worth its time would decide", () => {
    const verdict = decide({ starts: 10, noise: 0.5 });
    expect(verdict.furtherStarts).toBe("never");
    expect(verdict.sentence).toContain("no number of starts");
  });

  it("does not call a difference that lies inside the margin a regression", () => {
    const verdict = decide({ starts: 10, slower: { read: 1.01 }, noise: 0.003 });
    expect(verdict.kind).toBe("EQUIVALENT");
    expect(verdict.figures[0]?.estimate?.interval.lower).toBeGreaterThan(1);
  });

  it("goes on while another figure is undecided, though one has improved: silence is no pass", () => {
    const verdict = decide({ starts: 6, seed: 4, slower: { read: 0.8 }, noise: 0.03 });
    expect(verdict.figures[0]?.kind).toBe("IMPROVED");
    expect([verdict.kind, verdict.next]).toEqual(["INCONCLUSIVE", "another start"]);
  });

  it("says that nothing can be said before the sixth start, where no further one comes", () => {
    const verdict = decide({ starts: 3 }, { over: true });
    expect(verdict.sentence).toBe(
      "INCONCLUSIVE: 4 of 4 gated figures are undecided after 3 starts; nothing can be said before 6",
    );
  });

  it("warns where the cores were so busy that the sides waited for each other", () => {
    const record = sampleAb({ starts: 10 });
    const load = { scale: 0.125, busyShare: 0.93, measureSeconds: 12 };
    expect(codes(decideAb({ ...record, load }, rules()))).toContain("busy cores");
  });

  it("takes figures that are the same to the byte for equal, beside others that differ", () => {
    const record = sampleAb({ starts: 10, slower: { write: 1.1 } });
    const starts = record.starts.map((start) => ({
      ...start,
      figures: start.figures.map((one) => (one.subject.name === "read" ? { ...one, base: 512, head: 512 } : one)),
    }));
    const verdict = decideAb({ ...record, starts }, rules());
    expect(verdict.kind).toBe("REGRESSED");
    expect(verdict.figures[0]?.kind).toBe("EQUIVALENT");
  });

  it("is INVALID, exit 3, where no figure was to be compared, or one was never measured", () => {
    const record = sampleAb({ starts: 6 });
    expect(decideAb({ ...record, gated: [] }, rules()).kind).toBe("INVALID");
    const missing = {
      ...record,
      starts: record.starts.map((start) => ({ ...start, figures: start.figures.slice(1) })),
    };
    const verdict = decideAb(missing, rules());
    expect([verdict.kind, verdict.exitCode]).toEqual(["INVALID", 3]);
    expect(verdict.sentence).toBe("INVALID: p50 of latency of class read was never measured");
  });
});

describe("starts that are no evidence", () => {
  it("are left out because of the instrument alone, and named", () => {
    const verdict = decide({ starts: 10, unsound: [0, 3] });
    expect(verdict.starts).toEqual({
      sound: 8,
      unsound: [0, 3].map((index) => ({ index, checks: ["canary p99", "start lag p99"] })),
    });
    expect(codes(verdict)).toContain("unsound starts");
  });

  it("make the comparison INVALID when they are more than a third of those planned, whatever the others show", () => {
    const unsound = decide({ starts: 12, unsound: [0, 1, 2, 3], slower: { read: 1.5 } });
    expect([unsound.kind, unsound.exitCode, unsound.next]).toEqual(["INVALID", 3, "stop"]);
    expect(decide({ starts: 12, unsound: [0, 1, 2], slower: { read: 1.5 } }).kind).toBe("REGRESSED");
  });

  const slowIn = (side: "base" | "head", starts: readonly number[], options: Partial<SampleAb> = {}) => {
    const record = sampleAb({ starts: 12, ...options });
    const slow = record.starts.map((start) =>
      starts.includes(start.index)
        ? { ...start, figures: start.figures.map((one) => ({ ...one, [side]: one[side] * 1.8 })) }
        : start,
    );
    return { ...record, starts: slow };
  };

  it("have no weight where base stayed in a slow mode, and are named", () => {
    const verdict = decideAb(slowIn("base", [4]), rules({ mostStarts: 12 }));
    expect(verdict.kind).toBe("EQUIVALENT");
    expect(verdict.figures[0]?.estimate?.outliers).toEqual([4]);
    expect(codes(verdict)).toContain("outlying starts");
  });

  it("make no head equal or better that was far worse in some of them, be it one in four, from the first look to the last", () => {
    for (const slow of [[0, 4, 8], [1, 5, 9], [3, 7, 11], [5]]) {
      for (const slower of [{}, { read: 0.9 }]) {
        const record = slowIn("head", slow, { slower, noise: 0.006, classes: ["read"] });
        const looks = [6, 9, 12].map((look) =>
          decideAb({ ...record, starts: record.starts.slice(0, look) }, rules({ mostStarts: 12 })),
        );
        expect(new Set(looks.map(({ kind }) => kind))).toEqual(new Set(["INCONCLUSIVE"]));
      }
    }
    const verdict = decideAb(slowIn("head", [4, 9]), rules({ mostStarts: 12 }));
    expect(verdict.sentence).toBe(
      "INCONCLUSIVE: head was far worse than base in single starts, which may be chance or may be head, after 12 starts",
    );
    expect(verdict.furtherStarts).toBe("never");
  });

  it("hide no regression that the other starts show, and cancel out where both sides had them", () => {
    const regressed = slowIn("head", [4], { slower: { read: 1.1 } });
    expect(decideAb(regressed, rules({ mostStarts: 12 })).kind).toBe("REGRESSED");
    const both = slowIn("base", [2]);
    const starts = both.starts.map((start) =>
      start.index === 7 ? { ...start, figures: start.figures.map((one) => ({ ...one, head: one.head * 1.8 })) } : start,
    );
    expect(decideAb({ ...both, starts }, rules({ mostStarts: 12 })).kind).toBe("EQUIVALENT");
  });

  it("all count when more than a quarter of them lies far away: then it is what head does", () => {
    const verdict = decideAb(slowIn("head", [0, 3, 6, 9]), rules({ mostStarts: 12 }));
    expect(verdict.kind).toBe("INCONCLUSIVE");
    expect(verdict.figures[0]?.estimate?.outliers).toEqual([]);
  });

  it("make the comparison INVALID where there are no others and none will come", () => {
    const verdict = decide({ starts: 2, unsound: [0, 1] }, { over: true });
    expect([verdict.kind, verdict.exitCode]).toEqual(["INVALID", 3]);
    expect(verdict.sentence).toBe("INVALID: the instrument was not sound in 2 of 2 starts");
    expect(decide({ starts: 2, unsound: [0, 1] }).next).toBe("another start");
  });
});

describe("a service that does not run as in production", () => {
  it("makes the comparison INVALID from its first start, whatever the figures say", () => {
    const record = sampleAb({ starts: 8, slower: { read: 1.5 } });
    const starts = record.starts.map((start) => ({
      ...start,
      ...(start.instrument === undefined
        ? {}
        : {
            instrument: { ...start.instrument, serviceMode: start.index === 0 ? ["head: an inspector listens"] : [] },
          }),
    }));
    for (const most of [1, 8]) {
      const verdict = decideAb({ ...record, starts: starts.slice(0, most) }, rules());
      expect([verdict.kind, verdict.exitCode, verdict.next]).toEqual(["INVALID", 3, "stop"]);
      expect(verdict.sentence).toBe("INVALID: the service does not run as in production: head: an inspector listens");
      expect(verdict.reasons[0]).toMatchObject({ kind: "INVALID", code: "not a production build" });
    }
  });
});

describe("a micro-benchmark", () => {
  it("whose process broke on one side in one start is INVALID, however equal the other starts are", () => {
    const record = sampleAb({ starts: 12 });
    const process = { exit: { kind: "completed" }, cpuSeconds: 1, wallSeconds: 1 } as unknown as MicroProcess;
    const how = { kind: "failed", how: "exited with code 1", lastLines: ["Error: out of range"] };
    const broken = { ...process, exit: how } as unknown as MicroProcess;
    const starts = (at: number) =>
      record.starts.map(({ instrument: _, ...start }) => ({
        ...start,
        processes: { base: [process], head: [start.index === at ? broken : process] },
      }));
    expect(decideAb({ ...record, starts: starts(99) }, rules({ mostStarts: 12 })).kind).toBe("EQUIVALENT");
    const verdict = decideAb({ ...record, starts: starts(4) }, rules({ mostStarts: 12 }));
    expect(verdict.sentence).toBe("INVALID: a benchmark process of head exited with code 1: Error: out of range");
  });
});

describe("answers", () => {
  it("of head that fail where base's do not are a regression, after three starts and before any latency", () => {
    const failing = { base: 0, head: 0.02 };
    expect(decide({ starts: 2, failing }).kind).toBe("INCONCLUSIVE");
    const verdict = decide({ starts: 3, failing, slower: { read: 0.5 } });
    expect([verdict.kind, verdict.next]).toEqual(["REGRESSED", "stop"]);
    expect(verdict.sentence).toBe("REGRESSED: head fails 2 % of its requests, base 0 %");
  });

  it("that fail about as often on both sides are none", () => {
    expect(decide({ starts: 10, failing: { base: 0.02, head: 0.0205 } }).kind).toBe("EQUIVALENT");
  });

  it("that fail in most starts of head, but not in every one, make nothing EQUIVALENT", () => {
    const record = sampleAb({ starts: 10, failing: { base: 0, head: 0.3 } });
    const starts = record.starts.map((start) =>
      start.index === 2
        ? { ...start, requests: { ...start.requests, head: { ...start.requests.head, failed: 0 } } }
        : start,
    );
    const verdict = decideAb({ ...record, starts }, rules());
    expect([verdict.kind, verdict.exitCode]).toEqual(["INCONCLUSIVE", 2]);
    expect(verdict.sentence).toBe(
      "INCONCLUSIVE: head fails 27 % of its requests, base 0 %, but not more in every start",
    );
    expect(verdict.furtherStarts).toBeUndefined();
    expect(renderAbJunit({ ...record, starts }, verdict)).toContain('failures="1"');
  });

  it("that fail on both sides are said, though neither is worse", () => {
    expect(codes(decide({ starts: 10, failing: { base: 0.4, head: 0.4 } }))).toContain("failed requests");
    expect(codes(decide({ starts: 10 }))).toEqual([]);
  });

  it("that differ are said before everything else", () => {
    const difference = {
      endpoint: "cart.read",
      what: "status",
      sentence: "base answered 200, head 404",
      seen: 12,
      of: 900,
    };
    const verdict = decide({ starts: 10, differences: [difference], unsound: [1] });
    expect(verdict.reasons[0]?.sentence).toBe("cart.read: base answered 200, head 404 (in 12 of 900 pairs)");
  });
});
