/**
 * Figures for people. Machines get the plain numbers (json.ts); nothing here is ever parsed again.
 */
import { gainOf, type Unit } from "../plan/metrics.ts";
import type { Measured } from "../verdict/verdict.ts";

/** "61 ms", "1.20 s", "0.08 %", "312 MB", "203/s"; "∞" beyond every bound, "–" for no number. */
export function formatValue(value: number, unit: Unit): string {
  if (Number.isNaN(value)) {
    return "–";
  }
  // A stored verdict that was read back has null where it had Infinity: JSON knows no other way.
  if (!Number.isFinite(value)) {
    return value < 0 ? "−∞" : "∞";
  }
  switch (unit) {
    case "ns":
      return nanoseconds(value);
    case "ms":
      return duration(value);
    case "ratio":
      return `${percentDigits(value * 100)} %`;
    case "1/s":
      return `${grouped(value, value < 100 ? 1 : 0)}/s`;
    case "bytes":
      return bytes(value);
    case "count":
      return grouped(value, value < 100 ? 2 : 0);
    case "ms/h":
    case "bytes/h":
    case "count/h":
      return slope(value, (gain) => formatValue(gain, gainOf(unit)));
  }
}

/** A limit as it was promised, with every digit that matters and none more: "5 s", "0.1 %", "1.25 s". */
export function formatLimit(value: number, unit: Unit): string {
  return exact(value, unit, 6);
}

/**
 * What was measured: "61 ms", "98–101 ms" where only the edges of a bucket are known, "> 98 ms" and "∞" where drops
 * reach into the percentile. Next to a limit it gets as many digits as it takes to tell the two apart: never
 * "200 ms" for 199.97 ms under a limit of 200 ms.
 */
export function formatMeasured(measured: Measured, unit: Unit, limits: readonly number[] = []): string {
  if ("value" in measured) {
    return apart(measured.value, unit, limits);
  }
  const { lower, upper } = measured;
  if (!Number.isFinite(lower)) {
    return "∞";
  }
  const from = apart(lower, unit, limits);
  if (!Number.isFinite(upper)) {
    return `> ${from}`;
  }
  const to = apart(upper, unit, limits);
  // Edges of a bucket that is narrower than what is shown.
  if (from === to) return to;
  const unitOf = (text: string) => text.replace(/^[\d.,]+/, "");
  return unitOf(from) === unitOf(to) ? `${from.slice(0, from.length - unitOf(from).length)}–${to}` : `${from}–${to}`;
}

/** Room left to the limit that fails the run: "+39 %", "−106 %", "−∞". */
export function formatMargin(margin: number | undefined): string {
  if (margin === undefined || Number.isNaN(margin)) {
    return "–";
  }
  if (!Number.isFinite(margin)) {
    return "−∞";
  }
  const percent = Math.abs(margin * 100);
  if (percent > 999) {
    return margin < 0 ? "< −999 %" : "> 999 %";
  }
  const digits = percent >= 1 || percent === 0 ? grouped(percent, 0) : trimmed(percent.toPrecision(1));
  return `${margin < 0 ? "−" : "+"}${digits} %`;
}

/** 12034 → "12,034". The same on every machine, whatever its locale. */
export function formatCount(count: number): string {
  return grouped(count, 0);
}

/** "45 s", "2 min", "1 min 30 s", "1 h 5 min" */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: readonly (readonly [number, string])[] =
    whole < 3600
      ? [
          [Math.floor(whole / 60), "min"],
          [whole % 60, "s"],
        ]
      : [
          [Math.floor(whole / 3600), "h"],
          [Math.floor((whole % 3600) / 60), "min"],
        ];
  const said = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`);
  return said.length === 0 ? "0 s" : said.join(" ");
}

/** Of something that may shrink as well as grow. */
function slope(value: number, format: (gain: number) => string): string {
  return `${value < 0 ? "−" : ""}${format(Math.abs(value))}/h`;
}

const NS_UNITS = [
  [1e9, "s"],
  [1e6, "ms"],
  [1000, "µs"],
  [1, "ns"],
] as const;

function nanoseconds(ns: number): string {
  const [factor, name] = NS_UNITS.find(([size]) => ns >= 0.9995 * size) ?? [1, "ns"];
  return `${withCommas(String(Number((ns / factor).toPrecision(3))))} ${name}`;
}

function duration(ms: number): string {
  if (ms < 10) {
    return `${ms < 1 ? trimmed(ms.toPrecision(2)) : trimmed(ms.toFixed(1))} ms`;
  }
  if (ms < 999.5) {
    return `${ms < 99.95 ? trimmed(ms.toFixed(1)) : ms.toFixed(0)} ms`;
  }
  if (ms < 120_000) {
    return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
  }
  return `${(ms / 60_000).toFixed(1)} min`;
}

function bytes(value: number): string {
  const [factor, name] = bytesUnit(value);
  const scaled = value / factor;
  return `${scaled < 9.995 && factor > 1 ? scaled.toFixed(2) : grouped(scaled, scaled < 100 ? 1 : 0)} ${name}`;
}

function bytesUnit(value: number): readonly [number, string] {
  const units = [
    [1024 ** 3, "GB"],
    [1024 ** 2, "MB"],
    [1024, "KB"],
  ] as const;
  return units.find(([factor]) => value >= factor) ?? [1, "B"];
}

/** 99.97 % of cache hits is not 100 %, and 0.0004 % of errors is not 0 %. */
function percentDigits(percent: number): string {
  if (percent === 0 || percent >= 1000) {
    return grouped(percent, 0);
  }
  if (percent > 99 && percent < 100) {
    return trimmed((Math.floor(percent * 100) / 100).toFixed(2));
  }
  return percent < 0.001 ? "< 0.001" : trimmed(Number(percent.toPrecision(3)).toString());
}

function apart(value: number, unit: Unit, limits: readonly number[]): string {
  const text = formatValue(value, unit);
  const hidden = limits.filter((limit) => Number.isFinite(value) && limit !== value);
  if (!hidden.some((limit) => same(text, limit, unit))) {
    return text;
  }
  const digits = [4, 5, 6, 7, 8, 9].find(
    (count) => !hidden.some((limit) => exact(value, unit, count) === exact(limit, unit, count)),
  );
  return exact(value, unit, digits ?? 10);
}

function same(text: string, limit: number, unit: Unit): boolean {
  return text === formatValue(limit, unit) || text === formatLimit(limit, unit);
}

function exact(value: number, unit: Unit, digits: number): string {
  if (!Number.isFinite(value)) {
    return formatValue(value, unit);
  }
  const short = (scaled: number) => withCommas(String(Number(scaled.toPrecision(digits))));
  switch (unit) {
    case "ns": {
      const [factor, name] = NS_UNITS.find(([size]) => value >= size) ?? [1, "ns"];
      return `${short(value / factor)} ${name}`;
    }
    case "ms": {
      const [factor, name] = value >= 120_000 ? [60_000, "min"] : value >= 1000 ? [1000, "s"] : [1, "ms"];
      return `${short(value / factor)} ${name}`;
    }
    case "ratio":
      return `${short(value * 100)} %`;
    case "1/s":
      return `${short(value)}/s`;
    case "bytes": {
      const [factor, name] = bytesUnit(value);
      return `${short(value / factor)} ${name}`;
    }
    case "count":
      return short(value);
    case "ms/h":
    case "bytes/h":
    case "count/h":
      return slope(value, (gain) => exact(gain, gainOf(unit), digits));
  }
}

function grouped(value: number, decimals: number): string {
  return withCommas(trimmed(value.toFixed(decimals)));
}

function trimmed(digits: string): string {
  return digits.includes(".") && !digits.includes("e") ? digits.replace(/\.?0+$/, "") : digits;
}

function withCommas(digits: string): string {
  const [whole = "", fraction] = digits.split(".");
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}
