import { join } from "node:path";
import type { ScenarioPlan } from "../../plan/plan.ts";
import type { ScriptKind } from "../labels.ts";
import { decodeExport, type MetricsExport } from "../otlp.ts";
import { type Damage, noDamage } from "../raw-log-records.ts";
import { completeLog, type LogGrowth, tailRawLog } from "../tail-raw-log.ts";
import { type CountFields, countFields } from "./expected.ts";
import { toLine } from "./line.ts";
import type { Point } from "./point.ts";
import { createPointMaker } from "./point-maker.ts";
import { createRejectedSamples, type RejectedSamples } from "./rejected-samples.ts";
import { resourcePoints } from "./resource-points.ts";
import { createResourceTail } from "./resource-tail.ts";
import type { SeriesBudget, SeriesOverflow } from "./series-budget.ts";
import type { Line } from "./writer.ts";

/** A scenario whose log is to be in the database. */
export interface ScenarioSource {
  readonly run: string;
  readonly name: string;
  readonly target: string;
  readonly kind: ScriptKind;
  /** For its budgets. */
  readonly plan?: ScenarioPlan;
  /** With metrics.otlp and resources.jsonl. */
  readonly directory: string;
}

/** A point under way, and where it is counted. */
export interface StreamedPoint {
  readonly scenario: string;
  readonly point: Point;
  readonly counts: RejectedSamples;
}

export interface StreamOptions {
  readonly growth: LogGrowth;
  /** One for all scenarios of the run. */
  readonly series: SeriesBudget;
  /** Returns when every line is written or rejected. Throws WritingStopped. */
  readonly write: (lines: readonly Line<StreamedPoint>[]) => Promise<void>;
  /** Exports that are put together where many wait: 30 unless given. Bounds memory, and the number of requests. */
  readonly exportsAtOnce?: number;
}

/** What became of a scenario's log so far. */
export interface ScenarioStreamed {
  readonly source: ScenarioSource;
  /** Everything in the log is written or rejected. */
  readonly complete: boolean;
  /** k6's name of a metric → where it is counted in the database. Those that were seen. */
  readonly countedIn: ReadonlyMap<string, CountFields>;
  /** Samples by metric that the database refused. */
  readonly rejected: ReadonlyMap<string, number>;
  /** Series of k6 that were only added up, because there were too many to follow. */
  readonly folded: number;
  /** What found no room in the series budget of the run, when this scenario had such series. */
  readonly overflow: SeriesOverflow | undefined;
  readonly damage: Damage;
  /** Records of the log that are no export. */
  readonly undecodable: number;
}

export interface ScenarioStreamer {
  /** Returns when the log has ended and all of it is written. Throws WritingStopped, PL_RUN_UNREADABLE. */
  run(): Promise<void>;
  streamed(): ScenarioStreamed;
}

/** Their series take their place in the budget first, in a replay as live. */
const PARTS = ["service", "postgres", "redis", "k6", "harness", "canary", "machine"];

/**
 * Brings a scenario's log into the database: live as its tail, later as a replay, with the same code. Reads on only when
 * everything read so far is written, so that a database which is away costs no memory: the log on the disk is the
 * buffer, and who writes it is not disturbed.
 */
export function scenarioStreamer(source: ScenarioSource, options: StreamOptions): ScenarioStreamer {
  const { series, exportsAtOnce = 30 } = options;
  const { run, name: scenario, target, kind, plan } = source;
  const countedIn = new Map<string, CountFields>();
  let counts = createRejectedSamples(() => countedIn);
  let damage = noDamage();
  let undecodable = 0;
  let folded = 0;
  let overflow: SeriesOverflow | undefined;
  let complete = false;

  const learn = ({ points }: MetricsExport) => {
    for (const point of points) {
      const metric = point.metric.replace(/\.total$/, "");
      if (point.kind === "gauge" || countedIn.has(metric)) continue;
      const counted = point.kind === "histogram" ? "trend" : metric === point.metric ? "counter" : "rate";
      countedIn.set(metric, countFields(metric, counted, kind));
    }
  };

  /** One way through the log; returns how many seconds late an export came that could not be put in its place. */
  const pass = async (growth: LogGrowth, keepSeconds?: number): Promise<number> => {
    const maker = createPointMaker({
      ...{ run, target, scenario, kind, series },
      ...(plan === undefined ? {} : { plan }),
      ...(keepSeconds === undefined ? {} : { keepSeconds }),
    });
    const resources = createResourceTail(join(source.directory, "resources.jsonl"));
    counts = createRejectedSamples(() => countedIn);
    damage = noDamage();
    undecodable = 0;
    let waiting = 0;

    const flush = async (): Promise<number> => {
      const { start } = maker.state();
      // Without a start of load they would have no relative time: the file keeps them until there is one.
      const samples = start === undefined && !growth.isEnded ? [] : await resources.next();
      const context = { run, target, scenario, ...(start === undefined ? {} : { start }) };
      const ofParts = samples.flatMap((sample) => resourcePoints(context, sample).map((point) => series.place(point)));
      const points = [...maker.take(), ...ofParts];
      waiting = 0;
      await options.write(points.map((point) => ({ text: toLine(point), item: { scenario, point, counts } })));
      return points.length + samples.length;
    };

    const log = tailRawLog(join(source.directory, "metrics.otlp"), {
      growth,
      damage,
      onCaughtUp: async () => {
        await flush();
      },
    });
    for await (const body of log) {
      const received = decoded(body);
      if (received === undefined) {
        undecodable += 1;
        continue;
      }
      learn(received);
      maker.add(received);
      folded = maker.state().folded;
      waiting += 1;
      if (waiting >= exportsAtOnce) await flush();
    }
    while ((await flush()) > 0);
    return maker.state().lateSeconds;
  };

  return {
    async run() {
      for (const part of PARTS) {
        series.place({ measurement: "resources", tags: { run, target, scenario, part }, fields: {}, time: 0 });
      }
      const before = series.overflow().series;
      try {
        const lateSeconds = await pass(options.growth);
        if (lateSeconds > 0) await pass(completeLog(), lateSeconds);
        complete = true;
      } finally {
        const after = series.overflow();
        overflow = after.series > before ? after : undefined;
      }
    },
    streamed: () => ({ source, complete, countedIn, rejected: counts.totals(), folded, overflow, damage, undecodable }),
  };
}

function decoded(body: Uint8Array): MetricsExport | undefined {
  try {
    return decodeExport(body);
  } catch {
    return undefined;
  }
}
