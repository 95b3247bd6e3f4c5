import { describe, expect, it } from "vitest";
import type { OutOfMemoryRecord, RunRecord } from "../collect/record.ts";
import { deathSentence, outOfMemoryReason } from "./out-of-memory.ts";
import { contained, MIB } from "./sample-hardware.ts";

const DEATH: OutOfMemoryRecord = {
  part: "service",
  how: "killed by SIGKILL",
  limitBytes: 64 * MIB,
  at: 0,
  scenario: "busy",
  during: "load",
  lastLines: [],
};
const { scenario: _, ...SCENARIO_UNKNOWN } = DEATH;
const EARLY = { ...SCENARIO_UNKNOWN, during: "start" } as const;

/** As far as it is read here. */
const run = (outOfMemory: OutOfMemoryRecord | undefined, driven: readonly string[]) => {
  const scenarios = driven.map((name) => contained({ name }));
  return { scenarios, ...(outOfMemory === undefined ? {} : { outOfMemory }) } as unknown as RunRecord;
};

describe("memory that did not suffice", () => {
  it.each([
    [DEATH, "out of memory: the service went past 64 MiB under load"],
    [EARLY, "out of memory: the service went past 64 MiB before load, while it was started or seeded"],
    [{ ...DEATH, part: "postgres", limitBytes: 255.6 * MIB }, "out of memory: Postgres went past 256 MiB under load"],
    [{ ...DEATH, part: "redis" }, "out of memory: Redis went past 64 MiB under load"],
  ] as const)("is told in a sentence (%#)", (death, sentence) => {
    expect(deathSentence(death)).toBe(sentence);
  });

  it("fails the scenario in which it happened and those after it, and none before", () => {
    const record = run(DEATH, ["before", "busy"]);
    const remedy =
      "Give the service more memory in the profile, or find out what it keeps: its last lines are in the log.";
    expect(outOfMemoryReason(record, "before")).toBeUndefined();
    expect(outOfMemoryReason(record, "busy")).toEqual({
      kind: "FAIL",
      code: "out of memory",
      sentence: "out of memory: the service went past 64 MiB under load",
      remedy,
    });
    expect(outOfMemoryReason(record, "after")).toEqual({
      kind: "FAIL",
      code: "out of memory",
      sentence: "not driven, because the run had ended: out of memory: the service went past 64 MiB under load",
      remedy,
    });
  });

  it("fails the scenario before whose load it happened, which was not driven either", () => {
    const record = run({ ...DEATH, part: "postgres", during: "start" }, ["before"]);
    expect(outOfMemoryReason(record, "busy")).toMatchObject({
      sentence: "out of memory: Postgres went past 64 MiB before load, while it was started or seeded",
      remedy: "Give Postgres more memory in the profile, or find out what it keeps: its last lines are in the log.",
    });
  });

  it("fails every scenario when it happened before the first", () => {
    expect(outOfMemoryReason(run(EARLY, []), "busy")?.sentence).toBe(
      "out of memory: the service went past 64 MiB before load, while it was started or seeded",
    );
  });

  it("is no reason where it sufficed", () => {
    expect(outOfMemoryReason(run(undefined, ["busy"]), "busy")).toBeUndefined();
  });
});
