import type { RunRecord } from "../collect/record.ts";
import type { NoiseBook } from "../verdict/compare.ts";
import { detectableByOne, FEWEST_FOR_NOISE, type Noise } from "../verdict/noise.ts";
import { runFigures } from "../verdict/run-figures.ts";
import { formatValue } from "./format.ts";

/** Two-sided level of what is called detectable, as in a comparison of two runs. */
const ALPHA = 0.05;
const STATISTICS = ["p50", "p95"] as const;

/**
 * What one run like this could have shown against another: for each scenario the smallest change of p50 and of p95 that
 * would not have passed unseen, by the noise between earlier runs that are alike.
 */
export function couldDetectSentences(record: Pick<RunRecord, "scenarios" | "micro">, noise: NoiseBook): string[] {
  const figures = runFigures(record);
  const unknown: string[] = [];
  const sentences = record.scenarios.flatMap(({ name }) => {
    const known = STATISTICS.flatMap((statistic) => {
      const seen = figures.flatMap((figure) => {
        const { part, subject, metric } = figure;
        if (part !== name || subject.kind !== "endpoint" || metric !== "latency" || figure.statistic !== statistic)
          return [];
        const of = noise({ part, subject, metric, statistic });
        return of === undefined ? [] : [{ endpoint: subject.name, change: detectableByOne(of, ALPHA), of }];
      });
      return seen.length === 0 ? [] : [{ statistic, seen: seen.toSorted((a, b) => a.change - b.change) }];
    });
    const [first] = known;
    if (first === undefined) {
      unknown.push(name);
      return [];
    }
    const runs = Math.max(...known.flatMap(({ seen }) => seen.map(({ of }) => of.runs)));
    const each = known.map(({ statistic, seen }) => `of ${statistic} under ${rangeOf(seen)}`).join(", or ");
    return [
      `${name}: one run beside another would not have shown a change ${each} (noise of ${runs} runs that are alike)`,
    ];
  });
  if (unknown.length === 0) return sentences;
  // A newcomer's first run knows none of its scenarios: said once.
  const of = unknown.length === record.scenarios.length ? "" : `${unknown.join(", ")}: `;
  return [
    ...sentences,
    `${of}how small a change a run would show is not known yet; it takes ${FEWEST_FOR_NOISE} runs that are alike`,
  ];
}

interface Seen {
  readonly endpoint: string;
  readonly change: number;
  readonly of: Noise;
}

/** "4.1 % (auth.login) to 12 % (projects.list)", steadiest endpoint first. */
function rangeOf(seen: readonly Seen[]): string {
  const text = ({ endpoint, change }: Seen) => `${formatValue(Number(change.toPrecision(2)), "ratio")} (${endpoint})`;
  const [least, most] = [seen[0], seen.at(-1)];
  if (least === undefined || most === undefined) return "";
  return least === most ? text(least) : `${text(least)} to ${text(most)}`;
}
