import { gainOf, isSlopeUnit, type SlopeUnit, type Unit } from "./metrics.ts";

/** What parsing gives: a value, or everything that is wrong with the text. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly what: string; readonly instead: string };

type PlainUnit = Exclude<Unit, SlopeUnit>;

const durationFactors: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
const unitFactors: Readonly<Record<PlainUnit, Readonly<Record<string, number>>>> = {
  ns: { ns: 1, us: 1000, µs: 1000, ms: 1e6, s: 1e9, min: 60e9 },
  ms: { ms: 1, s: 1000, min: 60_000, us: 0.001, µs: 0.001 },
  ratio: { "%": 0.01, "": 1 },
  "1/s": { "/s": 1, "": 1 },
  // Specifications write MB and GB and mean what the tools of their authors show: powers of 1024.
  bytes: { B: 1, KB: 1024, KiB: 1024, MB: 1024 ** 2, MiB: 1024 ** 2, GB: 1024 ** 3, GiB: 1024 ** 3 },
  count: { "": 1 },
};

/** An hour in each of them. */
const perHour: Readonly<Record<string, number>> = { "/min": 60, "/h": 1, "/day": 1 / 24 };

const examples: Readonly<Record<Unit, string>> = {
  ns: "200 ns, 5 us or 1 ms",
  ms: "100 ms or 2 s",
  ratio: "0.1 %",
  "1/s": "200/s",
  bytes: "512 MB",
  count: "3",
  "ms/h": "1 ms/h",
  "bytes/h": "10 MB/h or 1 MB/min",
  "count/h": "1/h",
};

/** "90s", "2m", "1.5 h", "500ms" → seconds. Grammar: number, optional blank, unit. */
export function parseDuration(text: string): Parsed<number> {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/.exec(text);
  const factor = match?.[2] === undefined ? undefined : durationFactors[match[2]];
  if (match?.[1] === undefined || factor === undefined) {
    return { ok: false, what: `"${text}" is not a duration`, instead: 'a number with ms, s, m or h, such as "20s"' };
  }
  return { ok: true, value: (Number(match[1]) * factor) / 1000 };
}

/** "100 ms" as a number in the metric's own unit. */
export function parseQuantity(text: string, unit: Unit): Parsed<number> {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Zµ%/]*)\s*$/.exec(text);
  const factor = match?.[2] === undefined ? undefined : factorOf(match[2], unit);
  if (match?.[1] === undefined || factor === undefined) {
    return { ok: false, what: `"${text.trim()}" is not a quantity of this metric`, instead: examples[unit] };
  }
  return { ok: true, value: Number(match[1]) * factor };
}

function factorOf(name: string, unit: Unit): number | undefined {
  if (!isSlopeUnit(unit)) return unitFactors[unit][name];
  const slash = name.lastIndexOf("/");
  const gain = slash < 0 ? undefined : unitFactors[gainOf(unit)][name.slice(0, slash)];
  const hours = perHour[name.slice(Math.max(0, slash))];
  return gain === undefined || hours === undefined ? undefined : gain * hours;
}
