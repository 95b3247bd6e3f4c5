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

it("asks no service elsewhere for more than may leave this machine, in requests or in VUs", () => {
  const url = "http://staging.example.com";
  const elsewhere = (allow: { maxVus?: number; maxRate?: number }) =>
    searchOf(
      { ...open, environment: { kind: "url", url }, allow: { hosts: ["staging.example.com"], ...allow } },
      { ...defaults, from: "1/s" },
    ).to ?? Number.POSITIVE_INFINITY;
  expect(elsewhere({ maxVus: 5000, maxRate: 40 })).toBe(40);
  expect(elsewhere({ maxVus: 50, maxRate: 4000 })).toBeLessThan(elsewhere({ maxVus: 500, maxRate: 4000 }) / 9);
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
