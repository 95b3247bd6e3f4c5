import { describe, expect, it } from "vitest";
import { ProofloadError } from "../errors.ts";
import type { Configuration } from "./definition.ts";
import { readSequence, wordsOf } from "./read-sequence.ts";

const configuration = (lines: readonly string[], suites: Configuration["suites"] = {}): Configuration => ({
  targets: [],
  suites,
  sequences: { nightly: lines, release: ["run crud"] },
});

describe("a sequence of the configuration", () => {
  it("is split into words as a shell would", () => {
    expect(wordsOf(`run crud --budget 'projects.list=p95 of latency < 50 ms' --setting "A=b c"`)).toEqual([
      "run",
      "crud",
      "--budget",
      "projects.list=p95 of latency < 50 ms",
      "--setting",
      "A=b c",
    ]);
  });

  it("is undefined under a name that only a suite has", () => {
    expect(readSequence(configuration(["run crud"], { smoke: ["crud"] }), "smoke")).toBeUndefined();
  });

  it("names every line that cannot be run, all at once", () => {
    const read = () => readSequence(configuration(["rnu crud", "run release"], { nightly: ["crud"] }), "nightly");
    expect(read).toThrow(ProofloadError);
    try {
      read();
    } catch (error) {
      const problems = error instanceof ProofloadError ? error.problems : [];
      expect(problems.map(({ where, instead }) => [where, instead])).toEqual([
        ["sequences.nightly", "another name"],
        ["sequences.nightly[0]", expect.stringContaining('"run"?')],
        ["sequences.nightly[1]", "the lines of that sequence"],
      ]);
    }
  });
});
