/** Simulated comparisons of two versions that are the same, and what the verdict says of them. */
import type { AbFigure, AbRecord } from "../../../../harness/collect/ab-record.ts";
import { type SampleAb, sampleAb } from "../../../../harness/report/sample-ab.ts";
import type { AbVerdict } from "../../../../harness/verdict/ab/ab-verdict.ts";
import { decideAb } from "../../../../harness/verdict/ab/decide-ab.ts";
import { DEFAULT_AB_RULES } from "../../../../harness/verdict/ab/rules.ts";
import { mannWhitney } from "../../../../harness/verdict/stats/mann-whitney.ts";
import { median } from "../../../../harness/verdict/stats/moments.ts";
import { type Random, seededRandom, standardNormal } from "../../../../harness/verdict/stats/random.ts";

/** Requests of one side and class in one start. */
const REQUESTS = 500;
/** Neighbouring requests resemble one another so much. */
const AUTOCORRELATION = 0.8;
/** Standard deviation of ln(latency) of one request. */
const REQUEST_SD = 0.1;
/** … and of a freshly started process. */
const START_SD = 0.007;
/** How much slower the machine is at the end of the session than at its beginning. */
const DRIFT = 0.03;
const CPU_SD = 0.022;

/** ln(latency) of the requests of one side, one after the other, on a machine that gets slower from `from` to `to`. */
function requestsOf(random: Random, from: number, to: number): number[] {
  const start = START_SD * standardNormal(random);
  let noise = standardNormal(random);
  return Array.from({ length: REQUESTS }, (_, index) => {
    noise = AUTOCORRELATION * noise + Math.sqrt(1 - AUTOCORRELATION ** 2) * standardNormal(random);
    return start + REQUEST_SD * noise + DRIFT * (from + ((to - from) * index) / REQUESTS);
  });
}

/** Looks after every start, as the drive does, until the verdict says stop. */
function driven(record: AbRecord): AbVerdict {
  const rules = { ...DEFAULT_AB_RULES, mostStarts: record.starts.length };
  for (let starts = rules.minimumStarts; ; starts += 1) {
    const verdict = decideAb({ ...record, starts: record.starts.slice(0, starts) }, rules);
    if (verdict.next === "stop") return verdict;
  }
}

/** Identical versions, requests interleaved: both sides of a start meet the same drift. Two classes and CPU are gated. */
export function identicalComparison(seed: number, mostStarts: number): AbVerdict {
  const random = seededRandom(seed);
  const record = sampleAb({ starts: mostStarts, seed, classes: ["read", "write"] });
  return driven({
    ...record,
    starts: record.starts.map((start) => {
      const [from, to] = [start.index / mostStarts, (start.index + 1) / mostStarts];
      return { ...start, figures: start.figures.map((figure) => equalFigure(figure, random, from, to)) };
    }),
  });
}

function equalFigure(figure: AbFigure, random: Random, from: number, to: number): AbFigure {
  if (figure.metric === "cpu_time")
    return { ...figure, base: 3e5, head: 3e5 * Math.exp(CPU_SD * standardNormal(random)) };
  const p50 = () => 2.4 * Math.exp(median(requestsOf(random, from, to)));
  return { ...figure, base: p50(), head: p50() };
}

/** What must not be done: one run of each version, one after the other, and their requests taken for independent. */
export function pooledComparison(seed: number): { readonly slower: boolean; readonly different: boolean } {
  const random = seededRandom(seed);
  const base = requestsOf(random, 0, 0.5);
  const head = requestsOf(random, 0.5, 1);
  const { u, p } = mannWhitney(base, head);
  return { slower: p <= 0.05 && u > (base.length * head.length) / 2, different: p <= 0.05 };
}

export function sampledComparison(options: Omit<SampleAb, "starts">, mostStarts: number): AbVerdict {
  return driven(sampleAb({ ...options, starts: mostStarts }));
}
