import { findChangePoints, findDistributionShifts } from "../../../../harness/verdict/change-points.ts";
import { CHANGED_AT, distributionHistory, type Shape, scalarHistory } from "../../../fixtures/statistics/histories.ts";
import { identicalComparison, pooledComparison, sampledComparison } from "./comparisons.ts";

/** One question that many seeded trials answer. */
export interface SimCase {
  readonly name: string;
  readonly trials: number;
  /** What each trial showed: counted by name. */
  trial(seed: number): readonly string[];
}

const MOST_STARTS = 12;
export const EFFECTS = [0.02, 0.03, 0.05, 0.1] as const;
/** Of ln(head ÷ base) of a p50 from start to start; that of CPU is twice that. */
export const NOISES = [0.012, 0.02, 0.04] as const;
export const SCALAR_SHAPES = ["step", "drift", "spike"] as const satisfies readonly Shape[];
export const DISTRIBUTION_SHAPES = ["step", "drift", "tail", "spike"] as const satisfies readonly Shape[];

export const CASES: readonly SimCase[] = [
  {
    name: "identical",
    trials: 2000,
    trial: (seed) => [identicalComparison(seed, MOST_STARTS).kind],
  },
  {
    name: "pooled",
    trials: 2000,
    trial: (seed) => {
      const { slower, different } = pooledComparison(seed);
      return [...(slower ? ["slower"] : []), ...(different ? ["different"] : [])];
    },
  },
  ...NOISES.flatMap((noise) =>
    EFFECTS.map((effect) => ({
      name: powerCase(effect, noise),
      trials: 200,
      trial: (seed: number) => {
        const verdict = sampledComparison({ seed, noise, slower: { read: 1 + effect } }, MOST_STARTS);
        return [verdict.kind, ...new Array<string>(verdict.starts.sound).fill("starts")];
      },
    })),
  ),
  { name: "null scalars", trials: 500, trial: (seed) => scalars("noise", seed) },
  { name: "null distributions", trials: 500, trial: (seed) => distributions("noise", seed) },
  ...SCALAR_SHAPES.map((shape) => ({
    name: `scalars ${shape}`,
    trials: 100,
    trial: (seed: number) => scalars(shape, seed),
  })),
  ...DISTRIBUTION_SHAPES.map((shape) => ({
    name: `distributions ${shape}`,
    trials: 50,
    trial: (seed: number) => distributions(shape, seed),
  })),
];

export function powerCase(effect: number, noise: number): string {
  return `slower by ${Math.round(effect * 100)} % at sd ${(noise * 100).toFixed(1)} %`;
}

function scalars(shape: Shape, seed: number): string[] {
  return whatWasFound(findChangePoints(scalarHistory(shape, seed)));
}

function distributions(shape: Shape, seed: number): string[] {
  return whatWasFound(findDistributionShifts(distributionHistory(shape, seed)));
}

function whatWasFound(found: readonly { readonly index: number }[]): string[] {
  const there = found.some(({ index }) => Math.abs(index - CHANGED_AT) <= 2);
  return [...(found.length > 0 ? ["found"] : []), ...(there ? ["there"] : [])];
}
