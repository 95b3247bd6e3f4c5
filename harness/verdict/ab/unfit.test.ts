import { describe, expect, it } from "vitest";
import type { AbStart } from "../../collect/ab-record.ts";
import type { MicroProcess } from "../../collect/micro-record.ts";
import { sampleProcess } from "../../report/sample-micro.ts";
import { sampleStart } from "../sample-comparison.ts";
import { sampleScenario } from "../sample-scenario.ts";
import { unfitReasons } from "./unfit.ts";

const { instrument } = sampleScenario({});
const startIn = (serviceMode: readonly string[]) => sampleStart(0, { instrument: { ...instrument, serviceMode } });

const process = sampleProcess();
const broken = (how: string, lastLines: readonly string[] = []) =>
  sampleProcess({ exit: { kind: "failed", how, lastLines } });
const microStart = (base: readonly MicroProcess[], head: readonly MicroProcess[]): AbStart => {
  const { instrument: _, ...start } = sampleStart(0);
  return { ...start, processes: { base, head } };
};

describe("what makes a whole comparison INVALID", () => {
  it("is nothing of what a sound start holds", () => {
    expect(unfitReasons({ starts: [sampleStart(0), microStart([process], [process])] })).toEqual([]);
    expect(unfitReasons({ starts: [] })).toEqual([]);
  });

  it("is a service that does not run as in production in any start, each sign said once", () => {
    const starts = [startIn([]), startIn(["head: NODE_ENV=test"]), startIn(["head: NODE_ENV=test", "base: --inspect"])];
    expect(unfitReasons({ starts })).toEqual([
      {
        kind: "INVALID",
        code: "not a production build",
        sentence: "the service does not run as in production: head: NODE_ENV=test; base: --inspect",
        remedy: "Start it with NODE_ENV=production, without an inspector, and with debug logging off.",
      },
    ]);
  });

  it("is a benchmark process that broke, on either side, in any start", () => {
    const starts = [
      microStart([process], [broken("exited with code 1", ["Error: out of range"])]),
      microStart([process, broken("was killed by SIGKILL")], [process]),
    ];
    const remedy = "Its log is in the run directory.";
    expect(unfitReasons({ starts })).toEqual([
      {
        kind: "INVALID",
        code: "benchmark failed",
        sentence: "a benchmark process of base was killed by SIGKILL",
        remedy,
      },
      {
        kind: "INVALID",
        code: "benchmark failed",
        sentence: "a benchmark process of head exited with code 1: Error: out of range",
        remedy,
      },
    ]);
  });

  it("is not what others took of the CPU: that one start is no evidence", () => {
    const disturbed = { waitSeconds: 1, foreignShare: 0.5 };
    expect(unfitReasons({ starts: [microStart([{ ...process, ...disturbed }], [process])] })).toEqual([]);
    const both = microStart([{ ...broken("exited with code 1"), ...disturbed }], [process]);
    expect(unfitReasons({ starts: [both] }).map(({ sentence }) => sentence)).toEqual([
      "a benchmark process of base exited with code 1",
    ]);
  });
});
