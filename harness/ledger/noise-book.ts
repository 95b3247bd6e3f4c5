import { sha256 } from "../load/workload-hash.ts";
import { canonicalText } from "../plan/differences.ts";
import { likenessOf, type StoredRun } from "../verdict/comparable.ts";
import type { NoiseBook } from "../verdict/compare.ts";
import { noiseOf } from "../verdict/noise.ts";
import type { Ledger } from "./ledger.ts";
import { seriesOf } from "./series.ts";

/** How many runs back noise is looked for: older ones ran on another state of the machine. */
const LAST = 40;

/** What the ledger knows of the noise of a run's figures, from runs that are alike. */
export function noiseBook(ledger: Pick<Ledger, "database">, { record }: StoredRun): NoiseBook {
  const parts = [...record.scenarios, ...(record.micro ?? [])];
  const fingerprints = new Map(parts.map((part) => [part.name, sha256(canonicalText(likenessOf(record, part)))]));
  const series = seriesOf(ledger, { scenario: [...fingerprints.keys()], last: LAST, scalarsOnly: true });
  return ({ part, subject, metric, statistic }) => {
    const own = series.find(
      (one) =>
        one.part === part &&
        one.fingerprint === fingerprints.get(part) &&
        one.subject.kind === subject.kind &&
        one.subject.name === subject.name &&
        one.metric === metric &&
        one.statistic === statistic,
    );
    return own === undefined ? undefined : noiseOf(own.points.map(({ value }) => value));
  };
}
