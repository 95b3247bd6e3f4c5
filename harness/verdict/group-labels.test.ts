import { describe, expect, it } from "vitest";
import type { Comparability } from "./comparable.ts";
import { groupLabels } from "./group-labels.ts";

const ALIKE: Comparability = { differences: [], labels: [] };
const UNLIKE: Comparability = { differences: [{ field: "k6.version", left: "1", right: "2" }], labels: [] };
const SHARED: Comparability = { differences: [], labels: [{ code: "shared machine", sentence: "" }] };
const FASTER: Comparability = {
  differences: [],
  labels: [
    { code: "different speed", sentence: "" },
    { code: "shared machine", sentence: "" },
  ],
};
const NOTHING = { besides: [ALIKE, SHARED], invalid: 0, shared: 0 };

describe("the labels of a comparison of groups", () => {
  it("are none where there is nothing to know", () => {
    expect(groupLabels(NOTHING)).toEqual([]);
    expect(groupLabels({ ...NOTHING, besides: [] })).toEqual([]);
  });

  it.each<readonly [Partial<typeof NOTHING>, string, string]>([
    [
      { besides: [ALIKE, UNLIKE] },
      "forced",
      "the runs are unlike, and were compared all the same: no ratio says anything about the service alone",
    ],
    [{ invalid: 1 }, "invalid", "1 scenario of a run was INVALID, and is left out"],
    [{ invalid: 2 }, "invalid", "2 scenarios of single runs were INVALID, and are left out"],
    [{ shared: 1 }, "shared machine", "another run shared the machine with 1 of the runs"],
    [
      { besides: [FASTER, SHARED, FASTER] },
      "different speed",
      "before 2 of the runs the machine was faster or slower than before the first",
    ],
  ])("say what %j means", (change, code, sentence) => {
    expect(groupLabels({ ...NOTHING, ...change })).toStrictEqual([{ code, sentence }]);
  });

  it("stand in one order: first what makes every ratio doubtful", () => {
    const all = groupLabels({ besides: [FASTER, UNLIKE], invalid: 3, shared: 2 });
    expect(all.map(({ code }) => code)).toEqual(["forced", "invalid", "shared machine", "different speed"]);
  });
});
