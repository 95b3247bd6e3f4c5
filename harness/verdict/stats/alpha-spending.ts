/**
 * When a comparison is looked at more than once and may stop early, every look takes its share of α. The shares follow a
 * spending function of the information so far, so that neither the number nor the times of the looks have to be kept.
 * Lan and DeMets, Biometrika 70 (1983); DeMets and Lan, Statistics in Medicine 13 (1994).
 */
import { bisect } from "./bisection.ts";
import { gaussLegendre, type Node } from "./gauss-legendre.ts";
import { normalQuantile, normalTail } from "./normal.ts";

/** obrienFleming spends hardly anything early and keeps the last look almost whole; pocock spends evenly. */
export type Spending = "obrienFleming" | "pocock";

export interface Look {
  /** Share of the planned information (starts), in (0, 1]. */
  readonly fraction: number;
  /** α spent up to and including this look. */
  readonly spent: number;
  /** Reject where |z| is at least this. */
  readonly z: number;
  /**
   * The same as a two-sided level: reject where p is at most this, report the 1 − level interval. With an estimated
   * standard deviation the level is applied to the t test: Jennison and Turnbull, Group Sequential Methods (1999), 4.4.
   */
  readonly level: number;
}

/** α spent when `fraction` of the information, in (0, 1], is there: all of it at 1. Two-sided, each side has half of it. */
function alphaSpent(spending: Spending, alpha: number, fraction: number): number {
  return spending === "pocock"
    ? alpha * Math.log(1 + (Math.E - 1) * fraction)
    : 4 * normalTail(normalQuantile(1 - alpha / 4) / Math.sqrt(fraction));
}

const known = new Map<string, readonly Look[]>();

/**
 * The looks of a two-sided plan at the given fractions (rising, in (0, 1]): each boundary is the one that is crossed first
 * with exactly the α that its look may spend. The density of the score that has crossed none is carried from look to look by
 * numerical integration: Armitage, McPherson and Rowe, Journal of the Royal Statistical Society A 132 (1969).
 */
export function sequentialLooks(fractions: readonly number[], alpha: number, spending: Spending): readonly Look[] {
  // Thousands of simulated verdicts ask for the same few plans.
  const key = `${spending} ${alpha} ${fractions.join(" ")}`;
  const looks = known.get(key) ?? computeLooks(fractions, alpha, spending);
  known.set(key, looks);
  return looks;
}

/** A place that the score may have reached, and the probability that it is there. */
interface Mass {
  readonly at: number;
  readonly mass: number;
}

function computeLooks(fractions: readonly number[], alpha: number, spending: Spending): Look[] {
  const looks: Look[] = [];
  let masses: Mass[] = [{ at: 0, mass: 1 }];
  let before = { fraction: 0, spent: 0 };
  for (const fraction of fractions) {
    const spent = alphaSpent(spending, alpha, fraction);
    const step = Math.sqrt(fraction - before.fraction);
    const boundary = boundaryOf(masses, step, spent - before.spent);
    const z = boundary / Math.sqrt(fraction);
    looks.push({ fraction, spent, z, level: 2 * normalTail(z) });
    // Its standard deviation is at most 1: beyond 9 there is nothing to carry.
    masses = reached(masses, step, nodesInside(Math.min(boundary, 9), step));
    before = { fraction, spent };
  }
  return looks;
}

/** The score whose absolute value is first exceeded with probability `share`: on either side with half of it. */
function boundaryOf(masses: readonly Mass[], step: number, share: number): number {
  const crossing = (score: number) => {
    let total = 0;
    for (const { at, mass } of masses) {
      total += mass * 2 * normalTail((score - at) / step);
    }
    return total;
  };
  return bisect(0, 40, (score) => crossing(score) > share);
}

/** So many points that a normal density of this step is smooth between them. */
function nodesInside(boundary: number, step: number): Node[] {
  return gaussLegendre(48 + Math.ceil((8 * boundary) / step), -boundary, boundary);
}

function reached(masses: readonly Mass[], step: number, nodes: readonly Node[]): Mass[] {
  const scale = 1 / (step * Math.sqrt(2 * Math.PI));
  return nodes.map(({ at, weight }) => {
    let density = 0;
    for (const from of masses) density += from.mass * Math.exp(-0.5 * ((at - from.at) / step) ** 2);
    return { at, mass: weight * density * scale };
  });
}
