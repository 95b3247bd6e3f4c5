import type { BenchRecord, MicroRecord } from "../collect/micro-record.ts";
import { formatCount, formatValue } from "./format.ts";

export const BENCH_COLUMNS = ["mean", "p50", "p99", "bytes", "gc", "samples"] as const;

export interface BenchRow {
  readonly bench: string;
  /** As in BENCH_COLUMNS. */
  readonly cells: readonly string[];
}

/** What was measured of each bench, in words; a figure that cannot be told is "–". */
export function benchRows(record: MicroRecord): BenchRow[] {
  return record.benches.map((bench) => ({
    bench: bench.name,
    cells: [
      formatValue(bench.time.mean, "ns"),
      // Of samples that are means of thousands of calls, a percentile says nothing about calls.
      ...[bench.time.p50, bench.time.p99].map((ns) => (bench.callsPerSample === 1 ? formatValue(ns, "ns") : "–")),
      bench.bytes === undefined ? "–" : formatValue(bench.bytes.median, "bytes"),
      formatValue(bench.calls === 0 ? 0 : bench.gc.ns / bench.calls, "ns"),
      samplesLabel(bench),
    ],
  }));
}

function samplesLabel({ samples, callsPerSample }: BenchRecord): string {
  return callsPerSample === 1 ? formatCount(samples) : `${formatCount(samples)} × ${formatCount(callsPerSample)}`;
}
