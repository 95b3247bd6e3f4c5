import type { CountFields } from "./expected.ts";
import type { Point } from "./point.ts";
import { safeTag } from "./safe-tag.ts";
import { keyOf } from "./series-budget.ts";

/** How many samples of which metric the database refused. */
export interface RejectedSamples {
  written(point: Point): void;
  rejected(point: Point): void;
  /** k6's name of a metric → samples that no point in the database holds. */
  totals(): ReadonlyMap<string, number>;
}

type Samples = ReadonlyMap<string, number>;

/** A window changes for two minutes at most; what was written of an older one is not asked for again. */
const KEPT_MS = 180_000;

/**
 * A window is written again when it changes. What is missing of a rejected version is what it holds beyond the version
 * that the database has; once a later version is taken, nothing of it is missing. `fieldsOf` tells where the metrics
 * seen so far are counted.
 */
export function createRejectedSamples(fieldsOf: () => ReadonlyMap<string, CountFields>): RejectedSamples {
  interface Held {
    readonly time: number;
    readonly samples: Samples;
  }
  const inDatabase = new Map<string, Held>();
  const missing = new Map<string, Held>();
  const settled = new Map<string, number>();
  let newest = 0;

  const keyAt = (point: Point) => `${keyOf(point)}\n${point.time}`;
  const seen = ({ time }: Point) => {
    if (time <= newest) return;
    newest = time;
    for (const key of oldKeys(inDatabase)) inDatabase.delete(key);
    for (const key of oldKeys(missing)) {
      addTo(settled, missing.get(key)?.samples ?? new Map());
      missing.delete(key);
    }
  };
  // In the order in which they came, which is about that of time.
  function* oldKeys(held: ReadonlyMap<string, Held>): Generator<string> {
    for (const [key, { time }] of held) {
      if (time >= newest - KEPT_MS) return;
      yield key;
    }
  }

  return {
    written(point) {
      const samples = samplesIn(point, fieldsOf());
      if (samples.size === 0) return;
      const key = keyAt(point);
      missing.delete(key);
      inDatabase.set(key, { time: point.time, samples });
      seen(point);
    },
    rejected(point) {
      const key = keyAt(point);
      const held = inDatabase.get(key)?.samples;
      const samples = [...samplesIn(point, fieldsOf())];
      const rest = samples.map(([metric, count]) => [metric, count - (held?.get(metric) ?? 0)] as const);
      missing.set(key, { time: point.time, samples: new Map(rest) });
      seen(point);
    },
    totals() {
      const totals = new Map(settled);
      for (const { samples } of missing.values()) addTo(totals, samples);
      return totals;
    },
  };
}

function addTo(totals: Map<string, number>, samples: Samples): void {
  for (const [metric, count] of samples) totals.set(metric, (totals.get(metric) ?? 0) + count);
}

function samplesIn({ measurement, tags, fields }: Point, countedIn: ReadonlyMap<string, CountFields>): Samples {
  const samples = new Map<string, number>();
  for (const [name, counted] of countedIn) {
    if (counted.measurement !== measurement) continue;
    if (counted.metric !== undefined && safeTag(counted.metric) !== tags.metric) continue;
    const count = counted.fields.reduce((sum, field) => sum + Number(fields[field] ?? 0), 0);
    if (count !== 0) samples.set(name, count);
  }
  return samples;
}
