import type { AbStart } from "../../collect/ab-record.ts";

export interface FailedShares {
  /** Failed requests and dropped iterations ÷ all that were to be sent. */
  readonly base: number;
  readonly head: number;
  /** Head fails more, in every start, and by more than chance explains. */
  readonly worse: boolean;
  /** By more than chance explains, but not in every start: no regression that is shown, and no equality either. */
  readonly doubtful: boolean;
}

/** A single start may have met a hiccup of one side: three in a row have not. */
const FEWEST_STARTS = 3;
/** Standard deviations of the difference of two Poisson counts, which is at most √(a + b). */
const CLEARLY = 5;

/**
 * Does head fail where base does not? Failures come in bursts, so the counts of one start are no evidence: head has to
 * fail more in every start, and over all of them by more than five standard deviations of independent failures.
 */
export function failedShares(starts: readonly AbStart[]): FailedShares {
  const total = (side: "base" | "head", count: (of: AbStart["requests"]["base"]) => number) =>
    starts.reduce((sum, { requests }) => sum + count(requests[side]), 0);
  const failed = (side: "base" | "head") => total(side, (of) => of.failed + of.dropped);
  const share = (side: "base" | "head") => {
    const asked = total(side, (of) => of.sent + of.dropped);
    return asked === 0 ? 0 : failed(side) / asked;
  };
  const [base, head] = [failed("base"), failed("head")];
  const inEvery = starts.every(({ requests: { base: b, head: h } }) => h.failed + h.dropped > b.failed + b.dropped);
  const isMore = head - base > CLEARLY * Math.sqrt(head + base);
  const worse = isMore && inEvery && starts.length >= FEWEST_STARTS;
  return { base: share("base"), head: share("head"), worse, doubtful: isMore && !worse };
}
