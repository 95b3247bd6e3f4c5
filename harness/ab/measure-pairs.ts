import { join } from "node:path";
import type { AbLoad, Pair, SideName } from "../collect/ab-record.ts";
import { cpuNanoseconds } from "../collect/cost/cpu-nanoseconds.ts";
import { parsePrometheus } from "../collect/prometheus.ts";
import type { InstrumentRecord } from "../collect/record.ts";
import type { ResourceSample } from "../collect/resource-sampler.ts";
import { startResourceSampler } from "../collect/resource-sampler.ts";
import { serviceCounts } from "../collect/service-measures.ts";
import type { PartName } from "../environment/environment.ts";
import { ProofloadError } from "../errors.ts";
import { measuredLoads, schedulesOf } from "../load/paired-load.ts";
import { measuredOptions } from "../load/paired-options.ts";
import { driveK6, summaryOf } from "./drive-k6.ts";
import { instrumentOf, type MeasuredSide, requestsOf } from "./pair-figures.ts";
import type { Rig } from "./rig.ts";

export interface MeasuredPairs {
  /** Only the sides that were driven mean something. */
  readonly sides: Pair<MeasuredSide>;
  readonly requests: Pair<ReturnType<typeof requestsOf>>;
  readonly instrument: InstrumentRecord;
  /** Share of all cores that the parts of this comparison kept busy while load was driven, 0…1. */
  readonly busyShare: number;
}

/**
 * The measured load of a start. CPU is read before the first request and after the last one: the sides do nothing before
 * and after, and so the requests in between are exactly those that k6 counted.
 */
export async function measurePairs(
  rig: Rig,
  at: {
    readonly directory: string;
    readonly sides: readonly SideName[];
    readonly seed: number;
    readonly setup?: unknown;
    /** Load goes on in another process. */
    readonly more?: boolean;
  },
  load: Pick<AbLoad, "scale" | "measureSeconds">,
): Promise<MeasuredPairs> {
  const { scenario } = rig.plan;
  const { directory } = at;
  const loads = measuredLoads(scenario, load.scale, load.measureSeconds);
  const parts = partsOf(rig);
  const before = parts.map(({ pid }) => cpuNanoseconds(pid));
  await using sampler = startResourceSampler({
    file: join(directory, "resources.jsonl"),
    parts: [
      ...parts.map(({ side, part, pid }) => ({ name: `${side} ${part}`, pid })),
      { name: "canary", pid: rig.canary.pid },
      { name: "harness", pid: process.pid },
    ],
    now: rig.host.now,
  });
  const driven = await driveK6(
    rig,
    {
      options: measuredOptions(scenario, loads, load.measureSeconds),
      seed: at.seed,
      sides: at.sides,
      compared: 0,
      schedules: schedulesOf(loads),
      ...(at.setup === undefined ? {} : { setup: at.setup }),
      teardown: at.more !== true,
    },
    { directory },
  );
  sampler.add({ name: "k6", pid: driven.pid });
  const outcome = await driven.done;
  const after = parts.map(({ pid }) => cpuNanoseconds(pid));
  const { samples, generator } = await sampler.stop();
  const serviceMode = (await Promise.all(at.sides.map((side) => modeOf(rig, side)))).flat();
  if (outcome.exit.kind === "aborted") {
    throw new ProofloadError("PL_K6_FAILED", `the measured load ended before its time: ${outcome.exit.how}`);
  }
  const summary = await summaryOf(outcome, directory);
  const sideOf = (side: SideName): MeasuredSide => ({
    summary,
    parts: Object.fromEntries(
      parts.flatMap((one, index) => {
        if (one.side !== side) return [];
        const [from, to] = [before[index], after[index]];
        const rss = largest(samples, `${side} ${one.part}.rss`);
        const cpu = from === undefined || to === undefined ? {} : { cpu: to - from };
        return [[one.part, { ...cpu, ...(rss === undefined ? {} : { rss }) }]];
      }),
    ),
  });
  const sides = { base: sideOf("base"), head: sideOf("head") };
  const requests = {
    base: requestsOf(scenario, sides.base, "base"),
    head: requestsOf(scenario, sides.head, "head"),
  };
  const wallSeconds = (outcome.endedAt - outcome.startedAt) / 1000;
  const cores = generator?.allowedCores ?? 1;
  return {
    sides,
    requests,
    instrument: instrumentOf(summary, {
      dropped: requests.base.dropped,
      generator: generator ?? { cpuSeconds: 0, wallSeconds, allowedCores: cores, peakRssBytes: 0 },
      serviceMode,
    }),
    busyShare: busyCores(samples, load.measureSeconds) / cores,
  };
}

/** In what a side does not run as in production. */
async function modeOf({ stacks }: Rig, side: SideName): Promise<string[]> {
  const text = await stacks[side].scrape().catch(() => undefined);
  const samples = text === undefined ? [] : parsePrometheus(text);
  return serviceCounts(samples, samples).mode.map((sentence) => `${side}: ${sentence}`);
}

function partsOf({ stacks }: Rig): { readonly side: SideName; readonly part: PartName; readonly pid: number }[] {
  return (["base", "head"] as const).flatMap((side) =>
    stacks[side].parts.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ side, part: name, pid }])),
  );
}

/** In the last half of the load: k6 makes its VUs in the beginning, and services are compiled. */
function busyCores(samples: readonly ResourceSample[], seconds: number): number {
  const end = samples.at(-1)?.at ?? 0;
  const late = samples.filter(({ at, values }) => "k6.cpu" in values && at > end - (seconds / 2) * 1000);
  const cores = late.map(({ values }) =>
    Object.entries(values).reduce(
      (sum, [key, value]) => (key.endsWith(".cpu") && !key.startsWith("machine.") ? sum + value : sum),
      0,
    ),
  );
  return cores.length === 0 ? 0 : cores.reduce((sum, one) => sum + one, 0) / cores.length;
}

function largest(samples: readonly ResourceSample[], key: string): number | undefined {
  const values = samples.flatMap(({ values }) => values[key] ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}
