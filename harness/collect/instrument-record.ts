import { availableParallelism } from "node:os";
import type { RecordInputs } from "./assemble-record.ts";
import { latencyOfHistogram } from "./latency-summary.ts";
import type { InstrumentRecord, LatencySummary } from "./record.ts";

/** The evidence about the instrument; exact where k6's summary has it. */
export function instrumentRecord(inputs: RecordInputs, serviceMode: readonly string[]): InstrumentRecord {
  const { summary, log, outcome, resources } = inputs;
  const measured = { phase: "measured" };
  const canary = exactOr(summary?.trend("canary_latency", measured), latencyOfHistogram(log.canary.latency));
  // After the first drop k6's lags mean nothing, and its summary has them all.
  const isClean = log.streams.every(({ phase, dropped }) => phase !== "measured" || dropped === 0);
  const startLag = exactOr(
    isClean ? summary?.trend("start_lag", measured) : undefined,
    latencyOfHistogram(log.startLag),
  );
  const { failed, dropped } = log.canary;
  return {
    ...(canary.count + failed + dropped === 0
      ? {}
      : {
          canary: {
            count: canary.count,
            failed,
            dropped,
            p50: canary.p50,
            p95: canary.p95,
            p99: canary.p99,
            max: canary.max,
          },
        }),
    ...(startLag.count === 0
      ? {}
      : { startLag: { count: startLag.count, p50: startLag.p50, p99: startLag.p99, max: startLag.max } }),
    generator: resources.generator ?? {
      cpuSeconds: 0,
      wallSeconds: (outcome.endedAt - outcome.startedAt) / 1000,
      allowedCores: availableParallelism(),
      peakRssBytes: 0,
    },
    overflowSeries: log.overflowSeries,
    serviceMode,
  };
}

function exactOr(exact: LatencySummary | undefined, estimate: LatencySummary): LatencySummary {
  return exact !== undefined && exact.count > 0 ? exact : estimate;
}
