import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Host } from "../host.ts";
import { sampleAb } from "../report/sample-ab.ts";
import { decideAb } from "../verdict/ab/decide-ab.ts";
import { DEFAULT_AB_RULES } from "../verdict/ab/rules.ts";
import { storedAb } from "./stored-ab.ts";

describe("a stored comparison, decided again", () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), "proofload-stored-ab-"));
    await mkdir(join(cwd, ".proofload", "ab", "one"), { recursive: true });
  });
  afterEach(() => rm(cwd, { recursive: true }));

  const record = sampleAb({ starts: 7, slower: { read: 1.02 } });
  const write = (name: string, content: unknown) =>
    writeFile(join(cwd, ".proofload", "ab", "one", name), JSON.stringify(content));
  const again = async () => {
    const stored = await storedAb({ cwd } as Host, "one");
    if (stored === undefined) throw new Error("it is not found");
    return decideAb(stored.record, stored.rules);
  };

  it("says what was said when it ended, to the last digit, though more starts had been planned", async () => {
    const verdict = decideAb(record, DEFAULT_AB_RULES);
    await write("ab.json", record);
    await write("plan.json", { rules: DEFAULT_AB_RULES });
    await write("verdict.json", verdict);
    expect(await again()).toEqual(verdict);
    expect(verdict.figures).not.toEqual(decideAb(record, { ...DEFAULT_AB_RULES, over: true }).figures);
  });

  it("is over where it was stopped before its verdict", async () => {
    await write("ab.json", record);
    await write("plan.json", { rules: DEFAULT_AB_RULES });
    expect((await again()).rules).toEqual({ ...DEFAULT_AB_RULES, over: true });
    expect((await again()).next).toBe("stop");
  });
});
