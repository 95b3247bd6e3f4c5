import { mergeHistograms } from "./histogram.ts";
import { isCanary, phaseOf, type ScriptKind } from "./labels.ts";
import type { HistogramRecord } from "./record.ts";
import { histogramGains, histogramTotal, numberGains, type SeriesStore } from "./series-store.ts";

/** `iterationInTest`, from which the script computes the lag, does not count drops: after the first it means nothing. */
export function startLag(store: SeriesStore, kind: ScriptKind): HistogramRecord {
  const drops = store.numbers("dropped_iterations");
  const clean = store
    .histograms("start_lag")
    .filter(({ attributes }) => phaseOf(attributes, kind) === "measured" && !isCanary(attributes))
    .flatMap((series) => {
      const own = drops.filter(({ attributes }) => attributes["scenario"] === series.attributes["scenario"]);
      const firstDrop = smallest(own.flatMap((drop) => numberGains(drop).map((gain) => gain.at)));
      return histogramGains(series).filter((gain) => gain.at < firstDrop);
    });
  return mergeHistograms(clean.map((gain) => gain.value));
}

/** Of the measured phase, where the script says which part that is. */
export function canaryLatency(store: SeriesStore): HistogramRecord {
  const all = store.histograms("canary_latency");
  const measured = all.filter(({ attributes }) => attributes["phase"] === "measured");
  return histogramTotal(measured.length === 0 ? all : measured);
}

function smallest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
