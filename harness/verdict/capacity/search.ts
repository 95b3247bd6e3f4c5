/** A rate that was driven, and what came of it. */
export interface Tried {
  /** Requests per second. */
  readonly rate: number;
  readonly purpose: "search" | "confirm";
  readonly outcome: "held" | "failed" | "invalid";
  /** Nobody could take the failure for noise: iterations were dropped, or more and more requests were in flight. */
  readonly plain?: boolean;
  /** Requests per second that the load generator may be asked for, as this step showed. */
  readonly ceiling?: number | undefined;
}

export interface SearchLimits {
  readonly from: number;
  readonly to?: number | undefined;
  /** 0.05 is 5 %. */
  readonly resolution: number;
}

export type Next =
  | { readonly next: "step"; readonly rate: number; readonly purpose: Tried["purpose"] }
  | {
      readonly next: "answer";
      /** Highest rate that held for a confirmation; 0 where none did. */
      readonly held: number;
      /** Lowest rate that failed; absent where the search was ended from elsewhere. */
      readonly failed?: number;
      readonly endedBy: "service" | "generator" | "asked";
    }
  | { readonly next: "give up"; readonly because: "invalid twice" | "no end" };

/** Beyond, the service's capacity moves faster than it can be found. */
export const MOST_STEPS = 24;
/** Below this share of the first guess nothing useful can be left. */
const SMALLEST_SHARE = 1 / 256;

/**
 * Where to go next: doubled (or halved) until one rate held and another failed, then bisected on the logarithm until
 * the two are within the resolution; then the winner is confirmed for longer. Where it breaks, the search descends by
 * steps that double, each as long as a confirmation. What was tried last at a rate counts.
 *
 * A failure that may have been noise is tried once more in the end: it would hold the answer down for ever.
 */
export function nextStep(tried: readonly Tried[], limits: SearchLimits): Next {
  const last = tried.at(-1);
  if (last?.outcome === "invalid") {
    const isSecond = tried.at(-2)?.outcome === "invalid";
    return isSecond ? { next: "give up", because: "invalid twice" } : again(last.rate, last.purpose);
  }
  if (tried.length >= MOST_STEPS) return { next: "give up", because: "no end" };

  const broken = tried.filter(({ purpose, outcome }) => purpose === "confirm" && outcome === "failed").length;
  const { high, low } = bounds(tried, broken > 0);
  if (high === undefined)
    return low === undefined ? step(limits.from, "search", limits.to) : upwards(low, tried, limits);
  if (low === undefined) return downwards(high.rate, broken, limits);
  const apart = 1 + limits.resolution;
  // After a descent the ends may lie two steps apart: each further confirmation costs as much as three steps.
  const near = broken > 0 ? apart * apart : apart;
  if (high.rate / low.rate > near * (1 + ROUNDING)) {
    return step(Math.sqrt(high.rate * low.rate), broken > 0 ? "confirm" : "search");
  }
  if (!low.confirmed) return again(low.rate, "confirm");
  if (!high.certain) return again(high.rate, "search");
  return { next: "answer", held: low.rate, failed: high.rate, endedBy: "service" };
}

/** Of two rates that are each rounded to three digits. */
const ROUNDING = 0.005;

interface Bounds {
  readonly high: { readonly rate: number; readonly certain: boolean } | undefined;
  readonly low: { readonly rate: number; readonly confirmed: boolean } | undefined;
}

/**
 * The lowest rate that failed, and below it the highest that held: for a confirmation, once it is known that what holds
 * for a step may break later.
 */
function bounds(tried: readonly Tried[], forLong: boolean): Bounds {
  const at = (rate: number) => tried.filter((one) => one.rate === rate);
  // An invalid step is never the latest at its rate, for it is driven again: what lies below the lowest failure held.
  const latest = tried.filter((one) => at(one.rate).at(-1) === one);
  const failed = latest.filter(({ outcome }) => outcome === "failed").toSorted((a, b) => a.rate - b.rate)[0];
  const held = latest
    .filter(({ rate }) => rate < (failed?.rate ?? Number.POSITIVE_INFINITY) && (!forLong || at(rate).some(heldForLong)))
    .toSorted((a, b) => b.rate - a.rate)[0];
  return {
    high:
      failed === undefined
        ? undefined
        : {
            rate: failed.rate,
            certain:
              failed.plain === true ||
              failed.purpose === "confirm" ||
              at(failed.rate).filter(({ outcome }) => outcome === "failed").length > 1,
          },
    low: held === undefined ? undefined : { rate: held.rate, confirmed: at(held.rate).some(heldForLong) },
  };
}

function heldForLong({ purpose, outcome }: Tried): boolean {
  return purpose === "confirm" && outcome === "held";
}

/** Nothing has failed yet. */
function upwards(low: NonNullable<Bounds["low"]>, tried: readonly Tried[], { to, resolution }: SearchLimits): Next {
  const ceiling = tried.findLast((one) => one.ceiling !== undefined && one.outcome !== "invalid")?.ceiling;
  const cap = Math.min(to ?? Number.POSITIVE_INFINITY, ceiling ?? Number.POSITIVE_INFINITY);
  const doubled = low.rate * 2;
  // The ceiling is an estimate that rises a little with every step: once confirmed, the bound stands.
  if (low.confirmed) return { next: "answer", held: low.rate, endedBy: cap === to ? "asked" : "generator" };
  if (doubled <= cap) return step(doubled, "search", to);
  if (cap > low.rate * (1 + resolution)) return step(cap, "search", to);
  return again(low.rate, "confirm");
}

/** Nothing has held yet, or what had held for a step broke when it was confirmed. */
function downwards(high: number, broken: number, { from, resolution }: SearchLimits): Next {
  const rate = broken > 0 ? high / (1 + resolution) ** (2 ** (broken - 1)) : high / 2;
  if (rate < from * SMALLEST_SHARE) return { next: "answer", held: 0, failed: high, endedBy: "service" };
  return step(rate, broken > 0 ? "confirm" : "search");
}

function again(rate: number, purpose: Tried["purpose"]): Next {
  return { next: "step", rate, purpose };
}

/** Rates of three digits: more would look like more than is known. Rounding up goes beyond no cap. */
function step(rate: number, purpose: Tried["purpose"], most = Number.POSITIVE_INFINITY): Next {
  return { next: "step", rate: Math.min(Number(rate.toPrecision(3)), most), purpose };
}
