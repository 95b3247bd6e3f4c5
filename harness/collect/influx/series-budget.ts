import type { TagName } from "./measurements.ts";
import { MEASUREMENTS, TAGS } from "./measurements.ts";
import type { Point } from "./point.ts";
import { OTHER, type Tags } from "./routes.ts";

export interface SeriesBudgetOptions {
  /** Series (measurement and tags) of one run, over all its scenarios; 1,000 unless given. */
  readonly mostSeries?: number;
  /** Values of one tag; 100 unless given. */
  readonly mostValuesPerTag?: number;
}

/** What did not fit, for the record and the report. */
export interface SeriesOverflow {
  /** Different series that went to `__other__`, as far as they were told apart. */
  readonly series: number;
  /** Different values that a tag had beyond its budget, as far as they were told apart, and some of them. */
  readonly byTag: Readonly<Partial<Record<TagName, { readonly values: number; readonly examples: readonly string[] }>>>;
}

export interface SeriesBudget {
  /** The same point, or one with `__other__` in some of its tags. First come, first served; the same tags always give the same. */
  place(point: Point): Point;
  overflow(): SeriesOverflow;
}

/** What tells scenario and phase stays as long as it can: sums over them must stay true. */
const KEPT_LONGEST: ReadonlySet<string> = new Set(["run", "target", "suite", "scenario", "phase"] satisfies TagName[]);
/** One last series for each measurement, in which nothing but the run is told. */
const LAST_RESORT = Object.keys(MEASUREMENTS).length;
const EXAMPLES = 5;
/** Beyond, what went to `__other__` is only known to be more than this. */
const MOST_TOLD_APART = 10_000;

/** At most so many series in the database, whatever the names. Throws RangeError for a budget of less than 100 series. */
export function createSeriesBudget(options: SeriesBudgetOptions = {}): SeriesBudget {
  const { mostSeries = 1000, mostValuesPerTag = 100 } = options;
  if (mostSeries < 100) throw new RangeError(`a series budget of ${mostSeries}: at least 100 are needed`);
  const series = new Set<string>();
  const values = new Map<TagName, Set<string>>();
  const foldedSeries = new Set<number>();
  const foldedValues = new Map<TagName, { values: Set<number>; examples: string[] }>();
  // Of the series that are left when the budget comes to its end, those that tell scenario and phase need some.
  const mostNamed = mostSeries - 2 * LAST_RESORT;

  const countValue = (name: TagName, value: string) => {
    const folded = foldedValues.get(name) ?? { values: new Set(), examples: [] };
    foldedValues.set(name, folded);
    if (folded.values.size >= MOST_TOLD_APART) return;
    const before = folded.values.size;
    folded.values.add(hash(value));
    if (folded.values.size > before && folded.examples.length < EXAMPLES) folded.examples.push(value);
  };
  const fits = (name: TagName, value: string) => {
    const known = values.get(name);
    return value === OTHER || known === undefined || known.has(value) || known.size < mostValuesPerTag;
  };
  const take = (point: Point, key: string): Point => {
    series.add(key);
    for (const [name, value] of entries(point.tags)) {
      if (value === OTHER) continue;
      const known = values.get(name) ?? new Set();
      values.set(name, known.add(value));
    }
    return point;
  };

  return {
    place(point) {
      const wanted = keyOf(point);
      if (series.has(wanted)) return point;
      const within = changed(point, (name, value) => (fits(name, value) ? value : OTHER));
      const key = keyOf(within);
      if (series.has(key) || series.size < mostNamed) {
        if (within !== point) fold(point, within);
        return take(within, key);
      }
      const unnamed = changed(within, (name, value) => (KEPT_LONGEST.has(name) ? value : OTHER));
      fold(point, unnamed);
      const unnamedKey = keyOf(unnamed);
      if (series.has(unnamedKey) || series.size < mostSeries - LAST_RESORT) return take(unnamed, unnamedKey);
      const last = changed(unnamed, (name, value) => (name === "run" ? value : OTHER));
      return take(last, keyOf(last));
    },
    overflow: () => ({
      series: foldedSeries.size,
      byTag: Object.fromEntries(
        [...foldedValues].map(([name, folded]) => [name, { values: folded.values.size, examples: folded.examples }]),
      ),
    }),
  };

  function fold(from: Point, to: Point): void {
    if (foldedSeries.size < MOST_TOLD_APART) foldedSeries.add(hash(keyOf(from)));
    for (const [name, value] of entries(from.tags)) if (to.tags[name] !== value) countValue(name, value);
  }
}

function changed(point: Point, change: (name: TagName, value: string) => string): Point {
  const tags: Partial<Record<TagName, string>> = {};
  let same = true;
  for (const [name, value] of entries(point.tags)) {
    tags[name] = change(name, value);
    same &&= tags[name] === value;
  }
  return same ? point : { ...point, tags };
}

/** Identity of a series: measurement and tags. */
export function keyOf({ measurement, tags }: { readonly measurement: string; readonly tags: Tags }): string {
  let key = measurement;
  for (const name of TAG_NAMES) {
    const value = tags[name];
    if (value !== undefined && value !== "") key += `\n${name}=${value}`;
  }
  return key;
}

const TAG_NAMES = Object.keys(TAGS) as readonly TagName[];

function entries(tags: Tags): [TagName, string][] {
  return TAG_NAMES.flatMap((name): [TagName, string][] => {
    const value = tags[name];
    return value === undefined || value === "" ? [] : [[name, value]];
  });
}

/** 53 bits of FNV-1a in two halves: what is told apart is only counted. */
function hash(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x01000193;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ (code + index), 0x811c9dc5);
  }
  return (high >>> 0) * 2 ** 21 + ((low >>> 0) >>> 11);
}
