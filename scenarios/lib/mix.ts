import { iteration } from "./iteration.ts";

export interface Part<Input, Output> {
  /** A whole number; the shares are weight ÷ sum of all weights. */
  readonly weight: number;
  readonly run: (input: Input) => Output;
}

/**
 * Made once, outside the function that k6 calls: `const step = mix([{ weight: 7, run: read }, { weight: 3, run: write }])`,
 * then `step()` in each iteration. The part follows from the iteration's number: over every full round of iterations
 * (the sum of weights) the shares are exact, and the parts are spread evenly within the round.
 */
export function mix<Output, Input = void>(parts: readonly Part<Input, Output>[]): (input: Input) => Output {
  const round = spread(parts.map((part) => part.weight));
  return (input) => {
    const part = parts[round[iteration() % round.length] ?? 0];
    if (part === undefined) throw new Error("mix() needs at least one part");
    return part.run(input);
  };
}

/** Smooth weighted round-robin (as in nginx): which part comes at which place of a round. */
export function spread(weights: readonly number[]): readonly number[] {
  for (const weight of weights) {
    if (!Number.isInteger(weight) || weight < 1) {
      throw new Error(`mix() needs whole weights of at least 1, found ${weight}`);
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const credit = weights.map(() => 0);
  const round: number[] = [];
  for (let place = 0; place < total; place++) {
    let best = 0;
    for (let part = 0; part < weights.length; part++) {
      credit[part] = (credit[part] ?? 0) + (weights[part] ?? 0);
      if ((credit[part] ?? 0) > (credit[best] ?? 0)) best = part;
    }
    credit[best] = (credit[best] ?? 0) - total;
    round.push(best);
  }
  return round;
}
