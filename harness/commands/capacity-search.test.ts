import { expect, it } from "vitest";
import { ProofloadError } from "../errors.ts";
import { sampleRun } from "../report/sample.ts";
import { searchOf } from "./capacity-search.ts";

const { plan } = sampleRun("pass");
const open = { ...plan, scenarios: plan.scenarios.slice(0, 1) };
const defaults = { step: "15s", resolution: "5%" };

it("begins at what the scenario asks for, and goes no higher than its VUs reach", () => {
  const search = searchOf(open, defaults);
  expect(search).toMatchObject({ from: 200, stepSeconds: 15, resolution: 0.05 });
  expect(search.to).toBeGreaterThan(200);
  expect(searchOf(open, { ...defaults, from: "50/s", to: "80" })).toMatchObject({ from: 50, to: 80 });
});

it("names everything that is wrong at once", () => {
  const wrong = { from: "fast", to: "-1", step: "1s", resolution: "190%" };
  const problems = () => {
    try {
      searchOf(plan, wrong);
    } catch (error) {
      return error instanceof ProofloadError ? error.problems.map(({ where }) => where) : [];
    }
    return [];
  };
  expect(problems()).toEqual(["command line", "--to", "--from", "--step", "--resolution"]);
});
