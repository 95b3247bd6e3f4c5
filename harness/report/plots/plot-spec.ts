import type { Unit } from "../../plan/metrics.ts";

/**
 * A plot as data: everything is decided here, in pure code, and the page only draws it. The page reads these as JSON.
 */
export interface PlotSpec {
  readonly id: string;
  readonly title: string;
  /** What a person who cannot see it should know. */
  readonly description: string;
  /**
   * seconds: since the start of load; log-ms: log10 of milliseconds;
   * nines: −log10(1 − quantile), so that 0, 90, 99, 99.9 % are equally far apart; rate: requests per second;
   * runs: one after the other, with their names in `labels`.
   */
  readonly x: "seconds" | "log-ms" | "nines" | "rate" | "runs";
  readonly xs: readonly number[];
  /** Of runs, one for each x: what stands below the axis, and what the cursor says. */
  readonly labels?: readonly { readonly short: string; readonly long: string }[];
  /** Of the values. */
  readonly unit: Unit;
  readonly log: boolean;
  readonly series: readonly PlotSeries[];
  readonly limits: readonly PlotLimit[];
  /** The warm-up, in seconds. */
  readonly shade?: readonly [number, number];
  /** Plots with the same key share their cursor. */
  readonly sync?: string;
}

export interface PlotSeries {
  readonly label: string;
  /** Name of a colour of the page's style sheet: `--plot-<colour>`. */
  readonly colour: PlotColour;
  /** A line breaks where there is no value, a curve goes on; a band is a line broad enough to show behind another. */
  readonly style: "line" | "band" | "curve" | "area" | "bars" | "dots";
  /** One for each x; null where there is none. */
  readonly values: readonly (number | null)[];
}

export type PlotColour = "p50" | "p95" | "p99" | "rate" | "error" | "drop" | "a" | "b" | "c" | "d" | "e" | "f" | "g";

export interface PlotLimit {
  readonly axis: "x" | "y";
  readonly value: number;
  readonly label: string;
  /** mark: no limit, but a place worth knowing. */
  readonly level: "target" | "max" | "mark";
  /** The limit holds up to this x only: a budget on p95 says nothing about p99. */
  readonly until?: number;
}
