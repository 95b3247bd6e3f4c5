import { join } from "node:path";
import type { AbFigure, AbStart, Pair, SideName } from "../collect/ab-record.ts";
import type { BenchRecord } from "../collect/micro-record.ts";
import type { Guardian } from "../environment/guardian.ts";
import type { Host } from "../host.ts";
import { type MeasuredPart, measurePart, partsOf } from "../micro/measure-subject.ts";
import type { MicroPlan } from "../plan/plan.ts";
import { type Random, shuffled } from "../verdict/stats/random.ts";

export interface MicroRig {
  /** The same benchmark, in the files of each side. */
  readonly subjects: Pair<MicroPlan>;
  readonly guardian: Guardian;
  readonly host: Host;
  /** Folder of the comparison. */
  readonly directory: string;
  readonly random: Random;
}

/** One start: a fresh process of each side, one right after the other in random order, and so for each size of a sweep. */
export async function measureMicroStart(index: number, rig: MicroRig): Promise<AbStart> {
  const startedAt = rig.host.now();
  const measured: Record<SideName, MeasuredPart[]> = { base: [], head: [] };
  let first: SideName | undefined;
  for (const point of partsOf(rig.subjects.base)) {
    const order = shuffled<SideName>(["base", "head"], rig.random);
    first ??= order[0];
    for (const side of order) {
      const runDirectory = join(rig.directory, "starts", String(index), side);
      measured[side].push(await measurePart(rig.subjects[side], point, { ...rig, runDirectory, onStep: () => {} }));
    }
  }
  const benches = { base: benchesOf(measured.base), head: benchesOf(measured.head) };
  const calls = (of: readonly BenchRecord[]) => of.reduce((sum, bench) => sum + bench.calls, 0);
  return {
    index,
    startedAt,
    first: first ?? "base",
    measuredSeconds: (rig.host.now() - startedAt) / 1000,
    processes: { base: measured.base.map(({ process }) => process), head: measured.head.map(({ process }) => process) },
    requests: {
      base: { sent: calls(benches.base), failed: 0, dropped: 0 },
      head: { sent: calls(benches.head), failed: 0, dropped: 0 },
    },
    figures: figuresOf(benches),
  };
}

function benchesOf(parts: readonly MeasuredPart[]): BenchRecord[] {
  return parts.flatMap(({ benches }) => benches);
}

/** Of every bench that both sides have. */
function figuresOf({ base, head }: Pair<readonly BenchRecord[]>): AbFigure[] {
  return base.flatMap((one) => {
    const other = head.find(({ name }) => name === one.name);
    if (other === undefined) return [];
    const subject = { kind: "bench", name: one.name } as const;
    const samples = { base: one.samples, head: other.samples };
    const figures: AbFigure[] = [
      { subject, metric: "time", statistic: "mean", base: one.time.mean, head: other.time.mean, count: samples },
      { subject, metric: "time", statistic: "p50", base: one.time.p50, head: other.time.p50, count: samples },
    ];
    if (one.bytes !== undefined && other.bytes !== undefined) {
      const count = { base: one.bytes.counts, head: other.bytes.counts };
      figures.push({
        subject,
        metric: "bytes",
        statistic: "mean",
        base: one.bytes.median,
        head: other.bytes.median,
        count,
      });
    }
    return figures;
  });
}
