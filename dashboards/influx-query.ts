/**
 * InfluxQL as typed values: a statement names one measurement, and only its own fields and tags compile. The names come
 * from harness/collect/influx/measurements.ts, which the writer uses too, so that a panel cannot ask for what nobody
 * writes. InfluxQL because InfluxDB 1.8, 2.x and 3 all serve it.
 */
import type { BucketField, MEASUREMENTS, MeasurementName } from "../harness/collect/influx/measurements.ts";

export type FieldOf<M extends MeasurementName> =
  | (keyof (typeof MEASUREMENTS)[M]["fields"] & string)
  | (M extends "requests" | "latency" ? BucketField : never);
export type TagOf<M extends MeasurementName> = (typeof MEASUREMENTS)[M]["tags"][number];

/** What one column of the answer holds; `F` are the fields that it reads. */
export interface Column<F extends string> {
  readonly text: string;
  /** Only for the compiler: a column of other fields is another type. */
  readonly reads?: F;
}

/** A filter; `T` are the tags that it looks at. */
export interface Condition<T extends string> {
  readonly text: string;
  readonly looksAt?: T;
}

type Aggregate = "sum" | "max" | "min" | "mean" | "median" | "last" | "first";

/** The field as it was written, point by point. */
export function raw<F extends string>(field: F): Column<F> {
  return { text: quoted(field) };
}

/** A field that a template variable chooses among `values`. */
export function chosenField<F extends string>(variable: { readonly name: string; readonly values: readonly F[] }) {
  const column: Column<F> = { text: `"\${${variable.name}:raw}"` };
  return column;
}

export function aggregate<F extends string>(name: Aggregate, field: F | Column<F>): Column<F> {
  return { text: `${name}(${typeof field === "string" ? quoted(field) : field.text})` };
}

/** The sum of each interval as a rate per second, however wide Grafana makes the interval. */
export function perSecond<F extends string>(field: F): Column<F> {
  return { text: `sum(${quoted(field)}) * 1000 / $__interval_ms` };
}

/** The quotient of two sums: the mean of what was summed, or a share. */
export function quotient<F extends string, G extends string>(part: F, whole: G): Column<F | G> {
  return { text: `sum(${quoted(part)}) / sum(${quoted(whole)})` };
}

export function named<F extends string>(name: string, column: Column<F>): Column<F> {
  return { text: `${column.text} AS ${quoted(name)}` };
}

export function is<T extends string>(tag: T, value: string): Condition<T> {
  return { text: `${quoted(tag)} = '${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'` };
}

/** Points that do not carry the tag at all. */
export function without<T extends string>(tag: T): Condition<T> {
  return { text: `${quoted(tag)} = ''` };
}

/** Points that carry the tag. */
export function having<T extends string>(tag: T): Condition<T> {
  return { text: `${quoted(tag)} != ''` };
}

export function matches<T extends string>(tag: T, pattern: string): Condition<T> {
  return { text: `${quoted(tag)} =~ /${pattern}/` };
}

export function other<T extends string>(tag: T, pattern: string): Condition<T> {
  return { text: `${quoted(tag)} !~ /${pattern}/` };
}

/**
 * What the viewer chose. The format is named, because Grafana's own choice of one differs between versions for
 * variables that take one value only; with it, names with dots, slashes and brackets are matched as they are.
 */
export function chosen<T extends string>(tag: T, variable: string = tag): Condition<T> {
  return { text: `${quoted(tag)} =~ /^\${${variable}:regex}$/` };
}

interface Parts {
  readonly measurement: string;
  readonly columns: readonly string[];
  readonly conditions: readonly string[];
  readonly interval?: string;
  readonly tags: readonly string[];
  readonly fill?: "none" | "null" | "previous";
  readonly tail: string;
}

/** One SELECT statement; every method gives a new one. */
export class Select<M extends MeasurementName> {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  #with(more: Partial<Parts>): Select<M> {
    return new Select<M>({ ...this.#parts, ...more });
  }

  /** Fields, and in statements without GROUP BY tags too. */
  columns(...columns: readonly Column<FieldOf<M> | TagOf<M>>[]): Select<M> {
    return this.#with({ columns: columns.map(({ text }) => text) });
  }

  where(...conditions: readonly Condition<TagOf<M>>[]): Select<M> {
    return this.#with({ conditions: [...this.#parts.conditions, ...conditions.map(({ text }) => text)] });
  }

  /** Only points of the dashboard's time range. */
  inRange(): Select<M> {
    return this.#with({ conditions: [...this.#parts.conditions, "$timeFilter"] });
  }

  /** One row for each interval; Grafana's own width unless given. Intervals without a point are left out. */
  every(interval = "$__interval", fill: "none" | "null" | "previous" = "none"): Select<M> {
    return this.#with({ interval, fill });
  }

  by(...tags: readonly TagOf<M>[]): Select<M> {
    return this.#with({ tags });
  }

  newestFirst(limit: number): Select<M> {
    return this.#with({ tail: ` ORDER BY time DESC LIMIT ${limit}` });
  }

  get text(): string {
    const { measurement, columns, conditions, interval, tags, fill, tail } = this.#parts;
    const groups = [...(interval === undefined ? [] : [`time(${interval})`]), ...tags.map(quoted)];
    return [
      `SELECT ${columns.join(", ")} FROM ${quoted(measurement)}`,
      conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`,
      groups.length === 0 ? "" : ` GROUP BY ${groups.join(", ")}`,
      fill === undefined ? "" : ` fill(${fill})`,
      tail,
    ].join("");
  }
}

export function from<M extends MeasurementName>(measurement: M): Select<M> {
  return new Select<M>({ measurement, columns: [], conditions: [], tags: [], tail: "" });
}

/** The values of a tag among the points of a measurement, narrowed by what was chosen before. */
export function tagValues<M extends MeasurementName>(
  tag: TagOf<M>,
  measurement: M,
  ...conditions: readonly Condition<TagOf<M>>[]
): string {
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(({ text }) => text).join(" AND ")}`;
  return `SHOW TAG VALUES FROM ${quoted(measurement)} WITH KEY = ${quoted(tag)}${where}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
