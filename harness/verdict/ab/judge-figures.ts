import { METRICS, unitOf } from "../../plan/metrics.ts";
import { median } from "../stats/moments.ts";
import type { AbEstimate, AbFigureVerdict, AbRules, FigureVerdictKind } from "./ab-verdict.ts";
import { detectableDeviations } from "./detectable.ts";
import { intervalAt, keepOrdinary } from "./estimate.ts";
import type { FigureSeries } from "./figures.ts";
import { levelAt } from "./looks.ts";
import { sparedStarts } from "./spared.ts";

/** Below it nothing is said of a figure at all. */
const FEWEST_POINTS = 3;
const ADVISORY_LEVEL = 0.05;

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
    series.filter(({ gated }) => gated),
    sound,
    rules,
  );
  return series.map((one) => figureVerdict(one, levels.get(one), sound, rules));
}

/** The level of each gated figure's interval at this look: α ÷ (figures that are not rejected before it). */
function holmLevels(gated: readonly FigureSeries[], sound: number, rules: AbRules): Map<FigureSeries, number> {
  const levels = new Map<FigureSeries, number>();
  const byEvidence = gated
    .map((figure) => ({ figure, values: keepOrdinary(logsOf(figure)).kept }))
    .toSorted((a, b) => distanceOf(b.values) - distanceOf(a.values));
  let left = gated.length;
  for (const { figure, values } of byEvidence) {
    const level = levelAt(rules.alpha / left, sound, rules);
    levels.set(figure, level);
    const interval = intervalAt(values, level);
    const isRejected = interval !== undefined && (interval.lower > 0 || interval.upper < 0);
    if (isRejected) left -= 1;
  }
  return levels;
}

/** From 0, in standard errors: figures are tested in the order of their evidence. */
function distanceOf(values: readonly number[]): number {
  const known = intervalAt(values, 0);
  // Values that are all alike, as counted bytes are, have no spread.
  return known === undefined || known.mean === 0 ? 0 : (Math.abs(known.mean) / known.sd) * Math.sqrt(known.count);
}

function figureVerdict(
  series: FigureSeries,
  level: number | undefined,
  sound: number,
  rules: AbRules,
): AbFigureVerdict {
  const { key, gated, points } = series;
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
  const estimate = estimateOf(series, level ?? ADVISORY_LEVEL, 2 * rules.equivalenceAlpha, sound, rules);
  if (estimate === undefined) return known;
  const isKnown = level !== undefined && points.length >= rules.minimumStarts;
  return { ...known, estimate, ...(isKnown ? { kind: kindOf({ ...known, estimate }, rules) } : {}) };
}

/** `both` is the level of two one-sided tests together. */
function estimateOf(
  series: FigureSeries,
  level: number,
  both: number,
  sound: number,
  rules: AbRules,
): AbEstimate | undefined {
  const { kept, outliers } = keepOrdinary(logsOf(series));
  const equivalenceLevel = levelAt(both, sound, rules);
  const interval = intervalAt(kept, level);
  const equivalence = intervalAt(kept, equivalenceLevel);
  if (kept.length < FEWEST_POINTS || interval === undefined || equivalence === undefined) return undefined;
  const { mean, sd, count } = interval;
  const asRatios = ({ lower, upper }: { readonly lower: number; readonly upper: number }, at: number) => ({
    lower: Math.exp(lower),
    upper: Math.exp(upper),
    confidence: 1 - at,
  });
  return {
    ratio: Math.exp(mean),
    interval: asRatios(interval, level),
    equivalence: asRatios(equivalence, equivalenceLevel),
    spread: sd,
    detectable: Math.expm1(sd * detectableDeviations(count, level)),
    outliers: outliers.map((position) => series.points[position]?.start ?? Number.NaN),
  };
}

/** Starts without weight may keep a regression from being seen; they never make head equal or better. */
function kindOf(figure: Judged, rules: AbRules): FigureVerdictKind {
  const kind = kindBy(figure, rules);
  return kind !== "REGRESSED" && sparedStarts(figure) > 0 ? "INCONCLUSIVE" : kind;
}

type Judged = Pick<AbFigureVerdict, "better" | "logRatios"> & { readonly estimate: AbEstimate };

function kindBy({ estimate: { interval, equivalence }, better }: Judged, { margin }: AbRules): FigureVerdictKind {
  const isInside = ({ lower, upper }: { readonly lower: number; readonly upper: number }) =>
    lower > 1 / (1 + margin) && upper < 1 + margin;
  if (!isInside(interval)) {
    if (interval.lower > 1) return better === "lower" ? "REGRESSED" : "IMPROVED";
    if (interval.upper < 1) return better === "lower" ? "IMPROVED" : "REGRESSED";
  }
  return isInside(equivalence) ? "EQUIVALENT" : "INCONCLUSIVE";
}

function logsOf({ points }: FigureSeries): number[] {
  return points.map(({ logRatio }) => logRatio);
}
