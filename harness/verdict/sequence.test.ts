import { describe, expect, it } from "vitest";
import { changesSince, type SequencePart, type SequenceRecord, wordOf } from "./sequence.ts";

type Subjects = Readonly<Record<string, string>>;

/** A command, what came of it, and the verdicts in each of the folders that it left. */
function part(line: string, exitCode: number | undefined, ...folders: readonly Subjects[]): SequencePart {
  return {
    line,
    ...(exitCode === undefined ? { why: "left out" } : { exitCode }),
    seconds: 1,
    left: folders.map((subjects, index) => ({
      path: `${line}-${index}`,
      kind: "PASS",
      sentence: "",
      subjects: Object.entries(subjects).map(([name, kind]) => ({ name, kind })),
      hasReport: true,
    })),
  };
}

function sequence(...parts: readonly SequencePart[]): SequenceRecord {
  return {
    schema: "proofload/sequence/1",
    id: "nightly-1",
    name: "nightly",
    createdAt: "2026-01-01T00:00:00.000Z",
    proofloadVersion: "1.0.0",
    streamed: false,
    exitCode: 0,
    parts,
  };
}

describe("the word for an exit code", () => {
  it.each([
    [0, "PASS"],
    [1, "FAIL"],
    [2, "INCONCLUSIVE"],
    [3, "INVALID"],
    [4, "ERROR"],
    [130, "EXIT 130"],
    [undefined, "SKIPPED"],
  ] as const)("%s of one command is called %s", (code, word) => {
    expect(wordOf(part("run", code))).toBe(word);
  });
});

describe("what changed since the last sequence", () => {
  const changes = (before: readonly SequencePart[], now: readonly SequencePart[]) =>
    changesSince(sequence(...before), sequence(...now));

  it("is nothing where all came out as before", () => {
    const parts = [part("run", 0, { day: "PASS" }), part("micro", 2, { hit: "PASS" }), part("soak", undefined)];
    expect(changes(parts, parts)).toEqual([]);
  });

  it("is what became of each command, in the order of today", () => {
    expect(
      changes(
        [part("run", 0), part("micro", 1), part("soak", undefined)],
        [part("soak", 0), part("micro", 1), part("run", 2)],
      ),
    ).toEqual(["soak: SKIPPED → PASS", "run: PASS → INCONCLUSIVE"]);
  });

  it("is each scenario that came out otherwise, after its command, from all folders that it left", () => {
    const before = part("run", 0, { day: "PASS", night: "PASS" }, { rush: "FAIL" });
    const now = part("run", 1, { day: "FAIL", night: "PASS" }, { rush: "PASS" });
    expect(changes([before], [now])).toEqual(["run: PASS → FAIL", "day: PASS → FAIL", "rush: FAIL → PASS"]);
  });

  it("is no scenario that was not there both times", () => {
    expect(changes([part("run", 0, { day: "PASS" })], [part("run", 0, { night: "FAIL" })])).toEqual([]);
  });

  it("is a command that is new, and at the end those that are gone", () => {
    expect(changes([part("run", 0), part("micro", 1)], [part("soak", 4), part("run", 0)])).toEqual([
      "soak: new in this sequence",
      "micro: no longer part of this sequence",
    ]);
  });
});
