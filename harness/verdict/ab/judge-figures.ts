import { METRICS, unitOf } from "../../plan/metrics.ts";
import { studentQuantile } from "../stats/student-t.ts";
import type { AbEstimate, AbFigureVerdict, AbRules, FigureVerdictKind } from "./ab-verdict.ts";
import { intervalOf, type Location, locationOf } from "./estimate.ts";
import type { FigureSeries } from "./figures.ts";
import { levelAt } from "./looks.ts";

/** Below it nothing is said of a figure at all. */
const FEWEST_POINTS = 3;
const ADVISORY_LEVEL = 0.05;
/** "could have been detected" means: in four of five comparisons. */
const POWER = 0.8;

/**
 * Every figure with its intervals; the gated ones with what they say at this look.
 *
 * That something changed is claimed as soon as one gated figure shows it, so the chance of a false claim grows with
 * their number: Holm's step-down procedure shares the level out (Holm, Scand. J. Statistics 6 (1979); at every look of a
 * sequential test: Ye et al., Statistics in Medicine 32 (2013)). That nothing changed is claimed only when all of them show
 * it: an intersection-union test, which needs no correction for their number (Berger, Technometrics 24 (1982)).
 */
export function judgeFigures(series: readonly FigureSeries[], sound: number, rules: AbRules): AbFigureVerdict[] {
  const levels = holmLevels(
    series.filter(({ gated }) => gated).map((one) => logsOf(one)),
    sound,
    rules,
  );
  return series.map((one, index) => figureVerdict(one, one.gated ? levels[index] : undefined, sound, rules));
}

/** The level of each figure's interval at this look: α ÷ (figures that are not yet rejected). */
function holmLevels(figures: readonly (readonly number[])[], sound: number, rules: AbRules): number[] {
  const levels = figures.map(() => 0);
  const byEvidence = figures
    .map((values, index) => ({ index, values, distance: distanceOf(values) }))
    .toSorted((a, b) => b.distance - a.distance);
  let left = figures.length;
  for (const { index, values } of byEvidence) {
    const level = levelAt(rules.alpha / left, sound, rules);
    levels[index] = level;
    if (values.length >= FEWEST_POINTS && level > 0) {
      const { lower, upper } = intervalOf(locationOf(values), level);
      if (lower > 0 || upper < 0) left = Math.max(1, left - 1);
    }
  }
  return levels;
}

/** From 0, in standard errors: figures are tested in the order of their evidence. */
function distanceOf(values: readonly number[]): number {
  if (values.length < FEWEST_POINTS) return 0;
  const { centre, error } = locationOf(values);
  return Math.abs(centre) / error;
}

function figureVerdict(
  { key, gated, points }: FigureSeries,
  level: number | undefined,
  sound: number,
  rules: AbRules,
): AbFigureVerdict {
  const { better } = METRICS[key.metric];
  const known = {
    ...key,
    unit: unitOf(key.metric, key.statistic),
    better,
    gated,
    logRatios: points.map(({ start, logRatio }) => ({ start, value: logRatio })),
    ...(points.length === 0
      ? {}
      : { base: median(points.map(({ base }) => base)), head: median(points.map(({ head }) => head)) }),
  };
  if (points.length < FEWEST_POINTS) return known;
  const location = locationOf(points.map(({ logRatio }) => logRatio));
  const equivalenceLevel = 2 * levelAt(rules.equivalenceAlpha, sound, rules);
  const estimate = estimateOf(
    location,
    points.map(({ logRatio }) => logRatio),
    level ?? ADVISORY_LEVEL,
    equivalenceLevel,
  );
  const enough = level !== undefined && points.length >= rules.minimumStarts;
  return { ...known, estimate, ...(enough ? { kind: kindOf(estimate, better, rules) } : {}) };
}

function estimateOf(
  location: Location,
  values: readonly number[],
  level: number,
  equivalenceLevel: number,
): AbEstimate {
  const ratios = (one: number) => {
    // Before the first look nothing has been spent, and no interval is narrow enough.
    const { lower, upper } = one > 0 ? intervalOf(location, one) : { lower: -Infinity, upper: Infinity };
    return { lower: Math.exp(lower), upper: Math.exp(upper), confidence: 1 - one };
  };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const half = level > 0 ? studentQuantile(1 - level / 2, location.degrees) : Infinity;
  return {
    ratio: Math.exp(location.centre),
    interval: ratios(level),
    equivalence: ratios(equivalenceLevel),
    spread: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)),
    detectable: Math.exp((half + studentQuantile(POWER, location.degrees)) * location.error) - 1,
    outliers: [],
  };
}

function kindOf(
  { interval, equivalence }: AbEstimate,
  better: "lower" | "higher",
  { margin }: AbRules,
): FigureVerdictKind {
  const inside = ({ lower, upper }: { lower: number; upper: number }) => lower > 1 / (1 + margin) && upper < 1 + margin;
  if (!inside(interval)) {
    if (interval.lower > 1) return better === "lower" ? "REGRESSED" : "IMPROVED";
    if (interval.upper < 1) return better === "lower" ? "IMPROVED" : "REGRESSED";
  }
  return inside(equivalence) ? "EQUIVALENT" : "INCONCLUSIVE";
}

function logsOf({ points }: FigureSeries): number[] {
  return points.map(({ logRatio }) => logRatio);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
