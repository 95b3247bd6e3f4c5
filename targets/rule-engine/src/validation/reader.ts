import type { Scalar } from "../rule.ts";
import { limits } from "./limits.ts";
import type { Problem, Problems } from "./problems.ts";

export type Json = Readonly<Record<string, unknown>>;

/**
 * A value of the input with the way that led to it. Everything that is read from the input goes through here, so that
 * only own properties count (`constructor` is a name like any other) and every problem knows its place.
 */
export class Place {
  readonly problems: Problems;
  readonly subject: string;
  readonly value: unknown;
  readonly #parent: Place | undefined;
  readonly #step: string;

  constructor(problems: Problems, subject: string, value: unknown, parent?: Place, step = "") {
    this.problems = problems;
    this.subject = subject;
    this.value = value;
    this.#parent = parent;
    this.#step = step;
  }

  /** Built only when a problem asks for it. */
  get path(): string {
    const steps: string[] = [];
    for (let place: Place | undefined = this; place !== undefined; place = place.#parent) steps.unshift(place.#step);
    return steps.join("").replace(/^\./, "");
  }

  /** The value of an own property; undefined where there is none. */
  key(key: string): Place {
    const value = isObject(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    const step = /^[A-Za-z_$][\w$]{0,59}$/.test(key) ? `.${key}` : `[${JSON.stringify(shortened(key))}]`;
    return new Place(this.problems, this.subject, value, this, step);
  }

  item(index: number): Place {
    const value = Array.isArray(this.value) ? this.value[index] : undefined;
    return new Place(this.problems, this.subject, value, this, `[${index}]`);
  }

  get isObject(): boolean {
    return isObject(this.value);
  }

  /** Whether a key of this object may be the name of a field. */
  isName(key: string): boolean {
    return inLength(key, 1, limits.name);
  }

  has(key: string): boolean {
    return isObject(this.value) && Object.hasOwn(this.value, key);
  }

  /** Against the JSON Schema. */
  form(expected: string, instead?: string): undefined {
    this.#problem("form", expected, undefined, instead);
  }

  /** Beyond what the JSON Schema can see. */
  meaning(
    expected: string,
    { found, instead }: { readonly found?: string; readonly instead?: string } = {},
  ): undefined {
    this.#problem("meaning", expected, found, instead);
  }

  #problem(kind: Problem["kind"], expected: string, found: string | undefined, instead: string | undefined): void {
    this.problems.add(() => ({
      subject: this.subject,
      path: this.path,
      expected,
      found: found ?? shown(this.value),
      kind,
      ...(instead === undefined ? {} : { instead }),
    }));
  }

  /** Reports keys that are required and absent, and keys that nobody reads. */
  keys(
    required: readonly string[],
    optional: readonly string[] = [],
    aliases: Readonly<Record<string, string>> = {},
  ): void {
    for (const key of required) if (!this.has(key)) this.key(key).form("a value (the key is required)");
    const known = [...required, ...optional];
    for (const key of Object.keys(this.value as Json)) {
      if (known.includes(key)) continue;
      const meant = Object.hasOwn(aliases, key) ? aliases[key] : nearest(key, known);
      const instead = meant === undefined ? undefined : `"${meant}"`;
      this.key(key).form(`no key of this name (known here: ${known.join(", ")})`, instead);
    }
  }

  text(most: number, what = "a text", least = 1): string | undefined {
    const { value } = this;
    if (typeof value === "string" && inLength(value, least, most)) return value;
    return this.form(
      least === 0 ? `${what} of at most ${most} characters` : `${what} of ${least} to ${most} characters`,
    );
  }

  list(least: number, most: number, what: string): readonly Place[] | undefined {
    const { value } = this;
    if (!Array.isArray(value)) return this.form(`an array of ${what}`);
    if (value.length < least || value.length > most) return this.form(`${least} to ${most} ${what}`);
    return Array.from(value, (_, index) => this.item(index));
  }

  /** An integer that a double holds exactly, not negative. */
  id(): number | undefined {
    const { value } = this;
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    return this.form(`an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }

  number(): number | undefined {
    return Number.isFinite(this.value) ? (this.value as number) : this.form("a finite number");
  }

  /** Text, finite number, boolean, null or date. */
  scalar(longestText: number): Scalar | undefined {
    const { value } = this;
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "number") return this.number();
    if (typeof value === "string") return this.text(longestText, "a text", 0);
    if (value instanceof Date || this.has("date")) return this.date();
    return this.form('a text, a number, true, false, null or { "date": … }');
  }

  date(): Date | undefined {
    const { value } = this;
    if (value instanceof Date) {
      return Number.isNaN(value.getTime()) ? this.form("a date that exists") : value;
    }
    const before = this.problems.count;
    this.keys(["date"]);
    const source = this.key("date");
    const [, year, month, day] = (typeof source.value === "string" ? isoDate.exec(source.value) : undefined) ?? [];
    if (year === undefined) {
      if (this.has("date")) source.form("a date as in RFC 3339", '"2026-01-31T00:00:00Z" or "2026-01-31"');
      return undefined;
    }
    if (this.problems.count > before) return undefined;
    // JavaScript takes 30 February for 2 March.
    const exists = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
    return exists ? new Date(source.value as string) : source.meaning("a day that exists");
  }
}

/** The date alone is midnight UTC; a time needs its zone. */
export const isoDate =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,3})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What was found, short enough for one line. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(shortened(value));
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Date) return `the date ${value.getTime()}`;
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    const listed = keys.slice(0, 5).map((key) => shortened(key));
    return `an object with ${keys.length === 0 ? "no keys" : listed.join(", ")}${keys.length > 5 ? ", …" : ""}`;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

/** In code points; a text is only counted where its length in UTF-16 leaves a doubt. */
function inLength(text: string, least: number, most: number): boolean {
  if (text.length < least || text.length > 2 * most) return false;
  return text.length <= most || [...text].length <= most;
}

/** The known word that differs least, if it is close enough to be a slip of the pen. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 30) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.min(2, best.candidate.length - 1) ? best.candidate : undefined;
}

/** Levenshtein distance: insertions, deletions and substitutions (Wagner and Fischer, 1974). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substituted = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
