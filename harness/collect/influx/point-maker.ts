import type { ScenarioPlan } from "../../plan/plan.ts";
import { splitHistogram } from "../histogram.ts";
import type { ScriptKind } from "../labels.ts";
import type { MetricsExport, Point as OtlpPoint } from "../otlp.ts";
import { createSeriesLimit, seriesKey } from "../series-limit.ts";
import { coveredSeconds, EXPORT_MS, secondSince, shareOut } from "../timeline.ts";
import { BUDGET_STEP, budgetLimits, budgetPoints } from "./budget-points.ts";
import type { TagName } from "./measurements.ts";
import type { Point } from "./point.ts";
import { type Part, routesOf, type Tags } from "./routes.ts";
import { safeTag } from "./safe-tag.ts";
import { keyOf, type SeriesBudget } from "./series-budget.ts";
import { insertReading, numberGain, type SeriesHistory, valuesGain } from "./series-history.ts";
import {
  addCount,
  addValues,
  emptyWindow,
  openWindow,
  pointOf,
  setNewest,
  type Window,
  type WindowSeries,
} from "./window.ts";

export interface PointContext {
  readonly run: string;
  readonly target: string;
  readonly scenario: string;
  readonly kind: ScriptKind;
  /** For its budgets. */
  readonly plan?: ScenarioPlan;
  /** One for all scenarios of a run. */
  readonly series: SeriesBudget;
  /**
   * How late an export may come, in seconds of load: 120 unless given, and less while more than 20,000 readings would be
   * held. A replay of a log with later ones gives what `state().lateSeconds` said, and then holds whatever that takes.
   */
  readonly keepSeconds?: number;
  /** Series that are followed one by one, in all and of one metric. */
  readonly mostSeries?: number;
  readonly mostSeriesOfMetric?: number;
}

export interface PointMakerState {
  /** Epoch milliseconds of second 0; undefined before the first request or iteration. */
  readonly start: number | undefined;
  /** Seconds of load so far. */
  readonly seconds: number;
  /** Whether an export came later than could be put in its place; how many seconds of load late, at most. */
  readonly needsReplay: boolean;
  readonly lateSeconds: number;
  /** Series of k6 that are followed, and those of one export that are only added up. */
  readonly tracked: number;
  readonly folded: number;
}

export interface PointMaker {
  add(received: MetricsExport): void;
  /** All points that changed since they were taken last, as they are now. Nothing before the first request or iteration. */
  take(): Point[];
  state(): PointMakerState;
}

interface Followed extends SeriesHistory {
  readonly isLoad: boolean;
  /** Its first point: what it is called. */
  readonly point: OtlpPoint;
  /** Made when it first has something to say, so that an idle series takes no place in the budget. */
  targets: readonly Target[] | undefined;
}

interface Target {
  readonly key: string;
  readonly series: WindowSeries;
  readonly part: Part;
}

/** A metric with many series must leave room for the others. */
const MOST_SERIES = 8000;
const MOST_OF_METRIC = 1000;
const KEPT_SECONDS = 120;
const MOST_READINGS = 20_000;

/**
 * Makes the points of a scenario from its exports: one for each series of the database and second of load. What was
 * taken last of each series and time is a function of the exports in the order of the log, however they were taken; and
 * not even of their order, as long as none comes later than is kept.
 */
export function createPointMaker(context: PointContext): PointMaker {
  const { series: budget, kind, keepSeconds } = context;
  const kept = keepSeconds ?? KEPT_SECONDS;
  const mostReadings = keepSeconds === undefined ? MOST_READINGS : Number.POSITIVE_INFINITY;
  const common = tagsOf({ run: context.run, target: context.target, scenario: context.scenario });
  const limits = (context.plan === undefined ? [] : budgetLimits(context.plan, common)).map(({ tags, limit }) => {
    const placed = budget.place({ measurement: "budgets", tags, fields: {}, time: 0 });
    return { tags: placed.tags, limit };
  });
  const seriesLimit = createSeriesLimit(
    context.mostSeries ?? MOST_SERIES,
    context.mostSeriesOfMetric ?? MOST_OF_METRIC,
  );
  const followed = new Map<string, Followed>();
  const windows = new Map<number, Map<string, Window>>();
  const changed = new Set<Window>();
  let readings = 0;
  /** Time of the first export with load. */
  let firstAt: number | undefined;
  /** Seconds of the exports that came, ascending: those that are kept, and the one before them. */
  let seen: number[] = [];
  let newest = 0;
  /** Windows before this second change no more. */
  let open = 0;
  let lateSeconds = 0;
  let nextLimits = 0;

  const secondOf = (at: number) => (firstAt === undefined ? 0 : secondSince(firstAt, at));
  const covered = (second: number) => coveredSeconds(seen.findLast((one) => one < second) ?? -1, second);

  const follow = (point: OtlpPoint): Followed => {
    const key = seriesKey(point);
    const held = followed.get(key);
    if (held !== undefined) return held;
    const isCumulative = point.kind !== "gauge" && point.temporality === "cumulative";
    const isLoad = point.metric === "http_reqs" || point.metric === "iterations";
    const made = { kind: point.kind, isCumulative, base: undefined, readings: [], isLoad, point, targets: undefined };
    followed.set(key, made);
    return made;
  };

  const targetsOf = (series: Followed): readonly Target[] => {
    series.targets ??= routesOf(series.point, kind).map(({ measurement, tags, part }) => {
      const placed = budget.place({ measurement, tags: { ...common, ...tagsOf(tags) }, fields: {}, time: 0 });
      return { key: keyOf(placed), series: { measurement, tags: placed.tags }, part };
    });
    return series.targets;
  };

  const windowOf = ({ key, series }: Target, second: number): Window => {
    const ofSecond = windows.get(second) ?? new Map<string, Window>();
    windows.set(second, ofSecond);
    const window = ofSecond.get(key) ?? openWindow(series, second);
    ofSecond.set(key, window);
    changed.add(window);
    return window;
  };

  /** Adds what the reading at `index` brought to the windows that it stands for. */
  const contribute = (series: Followed, index: number) => {
    const reading = series.readings[index];
    if (reading === undefined) return;
    const { value, time, at } = reading;
    const second = secondOf(at);
    if (series.kind === "gauge") {
      if (typeof value !== "number") return;
      for (const target of targetsOf(series)) setNewest(windowOf(target, second), time, value);
      return;
    }
    const seconds = covered(second);
    if (typeof value === "number") {
      const gain = numberGain(series, index, value);
      if (gain === 0) return;
      for (const [part, share] of shareOut(gain, seconds.length).entries()) {
        if (share === 0) continue;
        for (const target of targetsOf(series)) {
          if (target.part.how === "count")
            addCount(windowOf(target, seconds[part] ?? second), target.part.field, share);
        }
      }
      return;
    }
    const gain = valuesGain(series, index, value);
    for (const [part, share] of splitHistogram(gain, seconds.length).entries()) {
      if (share.count === 0) continue;
      for (const target of targetsOf(series)) {
        if (target.part.how === "values") addValues(windowOf(target, seconds[part] ?? second), target.part.of, share);
      }
    }
  };

  /** Makes all windows from this second on anew. */
  const rebuild = (from: number) => {
    for (const [second, ofSecond] of windows) {
      if (second < from) continue;
      for (const window of ofSecond.values()) {
        emptyWindow(window);
        changed.add(window);
      }
    }
    for (const series of followed.values()) {
      for (const [index, { at }] of series.readings.entries()) {
        if (secondOf(at) >= from) contribute(series, index);
      }
    }
  };

  /** Lets go of what lies before this second; what was not taken yet waits in `changed`. */
  const close = (before: number) => {
    open = before;
    for (const series of followed.values()) {
      let old = 0;
      while (old < series.readings.length && secondOf(series.readings[old]?.at ?? 0) < before) old += 1;
      if (old === 0) continue;
      series.base = series.readings[old - 1];
      series.readings.splice(0, old);
      readings -= old;
    }
    for (const second of windows.keys()) if (second < before) windows.delete(second);
    const last = seen.findLastIndex((one) => one < before);
    seen = seen.slice(Math.max(0, last));
  };

  const see = (second: number) => {
    if (seen.includes(second)) return;
    seen.push(second);
    seen.sort((a, b) => a - b);
    newest = Math.max(newest, second);
  };

  return {
    add(received) {
      const { at, points } = received;
      if (points.length === 0) return;
      const second = secondOf(at);
      if (second < open || (second < newest && (covered(second)[0] ?? 0) < open)) {
        lateSeconds = Math.max(lateSeconds, newest - second + 1, newest - (covered(second)[0] ?? 0) + 1);
        return;
      }
      let isOutOfOrder = firstAt !== undefined && second < newest && !seen.includes(second);
      let hasLoad = false;
      const from = covered(second)[0] ?? 0;
      if (firstAt !== undefined) see(second);
      for (const point of seriesLimit.apply(received).points) {
        if (typeof point.value === "number" && !Number.isFinite(point.value)) continue;
        const series = follow(point);
        const { time, start, value } = point;
        const index = insertReading(series, { time, at, start, value });
        if (index === undefined) continue;
        readings += 1;
        if (index < series.readings.length - 1) isOutOfOrder = true;
        else contribute(series, index);
        hasLoad ||= series.isLoad && value !== 0;
      }
      if (isOutOfOrder) rebuild(from);
      if (firstAt === undefined) {
        // A stream that drives no load at all must not be held for ever.
        if (!hasLoad && readings <= mostReadings) return;
        firstAt = at;
        see(0);
      }
      if (newest - kept > open) close(newest - kept);
      while (readings > mostReadings && open < newest) close(open + 1);
    },
    take() {
      if (firstAt === undefined) return [];
      const zero = Math.round(firstAt) - EXPORT_MS;
      const points = [...changed].map((window) => pointOf(window, zero));
      changed.clear();
      for (; nextLimits <= newest; nextLimits += BUDGET_STEP) {
        points.push(...budgetPoints(limits, nextLimits, zero));
      }
      return points;
    },
    state: () => ({
      start: firstAt === undefined ? undefined : Math.round(firstAt) - EXPORT_MS,
      seconds: firstAt === undefined ? 0 : newest + 1,
      needsReplay: lateSeconds > 0,
      lateSeconds,
      tracked: followed.size,
      folded: seriesLimit.folded(),
    }),
  };
}

function tagsOf(tags: Tags): Tags {
  const safe: Partial<Record<TagName, string>> = {};
  for (const [name, value] of Object.entries(tags)) {
    const text = name === "run" ? value : safeTag(value);
    if (text !== "") safe[name as TagName] = text;
  }
  return safe;
}
