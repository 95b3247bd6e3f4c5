import { expect, it } from "vitest";
import { sampleRun } from "../sample.ts";
import { resourcePlots } from "./resources.ts";

it("draws parts that are sampled at different times as whole lines, and a part that is gone as a gap", () => {
  const [scenario] = sampleRun("pass").record.scenarios;
  if (scenario === undefined) throw new Error("the sample has no scenario");
  const resources = [
    { part: "service", metric: "cpu", points: [0, 0.5, 1, 1.5, 2, 4.5].map((at) => [at, at] as const) },
    { part: "service", metric: "cpu_limit", points: [0.9, 1.9, 4.4].map((at) => [at, 2] as const) },
  ];
  const [plot] = resourcePlots("x", { ...scenario, resources }, []);
  expect(plot?.xs).toEqual([0, 0.5, 0.9, 1, 1.5, 1.9, 2, 4.4, 4.5]);
  expect(plot?.series.map(({ values }) => values)).toEqual([
    [0, 0.5, 0.5, 1, 1.5, 1.5, 2, null, 4.5],
    [null, null, 2, 2, 2, 2, 2, 2, 2],
  ]);
});
