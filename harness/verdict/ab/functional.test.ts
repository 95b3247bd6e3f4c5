import { describe, expect, it } from "vitest";
import { sampleStart } from "../sample-comparison.ts";
import { failedShares } from "./functional.ts";

interface Counted {
  readonly sent?: number;
  readonly failed?: number;
  readonly dropped?: number;
}

const counted = ({ sent = 1000, failed = 0, dropped = 0 }: Counted) => ({ sent, failed, dropped });
const sharesOf = (...starts: readonly (readonly [base: Counted, head: Counted])[]) =>
  failedShares(
    starts.map(([base, head], index) => sampleStart(index, { requests: { base: counted(base), head: counted(head) } })),
  );
const failing = (...starts: readonly (readonly [base: number, head: number])[]) => {
  const { worse, doubtful } = sharesOf(...starts.map(([base, head]) => [{ failed: base }, { failed: head }] as const));
  return worse ? "worse" : doubtful ? "doubtful" : "neither";
};

describe("shares of requests that failed", () => {
  it("are failed requests and dropped iterations of all that were to be sent, over all starts", () => {
    const one = [{ sent: 150, failed: 10, dropped: 50 }, { sent: 400 }] as const;
    const other = [{ sent: 100 }, { sent: 300, failed: 20, dropped: 100 }] as const;
    expect(sharesOf(one, other)).toMatchObject({ base: 60 / 300, head: 120 / 800 });
  });

  it("are 0 where nothing was to be sent", () => {
    const idle = { sent: 0 };
    expect(sharesOf([idle, idle])).toEqual({ base: 0, head: 0, worse: false, doubtful: false });
    expect(sharesOf()).toEqual({ base: 0, head: 0, worse: false, doubtful: false });
  });
});

describe("head fails where base does not", () => {
  it("when it fails more in each of three starts, and by more than five standard deviations", () => {
    // 25 against none are five standard deviations, √25.
    expect(failing([0, 9], [0, 8], [0, 8])).toBe("neither");
    expect(failing([0, 9], [0, 9], [0, 8])).toBe("worse");
    // What base fails adds to the deviation: 171 − 100 is less than 5 √271, 186 − 100 is more than 5 √286.
    expect(failing([33, 57], [33, 57], [34, 57])).toBe("neither");
    expect(failing([33, 62], [33, 62], [34, 62])).toBe("worse");
  });

  it("not when base is the side that fails", () => {
    expect(failing([50, 0], [50, 0], [50, 0])).toBe("neither");
  });

  it("is in doubt after fewer starts, and where one of them had as many failures of base", () => {
    expect(failing([0, 50], [0, 50])).toBe("doubtful");
    expect(failing([0, 50], [0, 50], [3, 3])).toBe("doubtful");
    expect(failing([0, 50], [0, 50], [3, 4])).toBe("worse");
  });

  it("by iterations that were dropped as much as by answers", () => {
    const start = [
      { failed: 2, dropped: 1 },
      { failed: 1, dropped: 90 },
    ] as const;
    expect(sharesOf(start, start, start)).toMatchObject({ worse: true, doubtful: false });
    const other = [
      { failed: 1, dropped: 20 },
      { failed: 9, dropped: 1 },
    ] as const;
    expect(sharesOf(start, start, other)).toMatchObject({ worse: false, doubtful: true });
  });
});
