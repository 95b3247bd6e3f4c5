import type uPlot from "uplot";
import { formatLimit, formatSeconds } from "../format.ts";
import type { PlotSpec } from "../plots/plot-spec.ts";

/** A budget further off than this would press the figures together: an arrow says where it is instead. */
const FARTHEST_LOG = 30;
const FARTHEST_LINEAR = 2.5;

/** From and to on the vertical axis: all figures, and those limits that are near enough. */
export function verticalRange(spec: PlotSpec): [number, number] {
  const values = spec.series.flatMap((series) => series.values).filter((value) => value !== null);
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const limits = spec.limits.filter((limit) => limit.axis === "y" && isNear(spec, limit.value, most));
  const top = limits.reduce((highest, limit) => Math.max(highest, limit.value), most);
  if (!spec.log) {
    // A share of more than everything is no share.
    return [0, spec.unit === "ratio" && top <= 1 ? Math.min(1.04, top * 1.15) : top > 0 ? top * 1.15 : 1];
  }
  const bottom = limits.reduce((lowest, limit) => Math.min(lowest, limit.value), Math.max(least, 0.001));
  return [bottom / 1.25, Math.max(top * 1.5, bottom * 4)];
}

function isNear(spec: PlotSpec, limit: number, most: number): boolean {
  return limit <= most * (spec.log ? FARTHEST_LOG : FARTHEST_LINEAR);
}

export function horizontalRange(spec: PlotSpec): [number, number] {
  const first = spec.xs[0] ?? 0;
  const last = spec.xs.at(-1) ?? first;
  switch (spec.x) {
    case "seconds":
      return [Math.min(0, first), Math.max(last, first + 1)];
    case "rate":
      return [0, Math.max(last * 1.05, 1)];
    case "runs":
      return [first - 0.5, last + 0.5];
    case "nines":
      return [0, Math.max(last, 2.1)];
    case "log-ms": {
      const step = spec.xs.length > 1 ? (last - first) / (spec.xs.length - 1) : 0.01;
      const limits = spec.limits
        .filter(({ axis, value }) => axis === "x" && value <= last + 1)
        .map(({ value }) => value);
      const from = Math.min(first, ...limits);
      const to = Math.max(last + step, ...limits);
      const margin = Math.max(0.04 * (to - from), 0.02);
      return [from - margin, to + margin];
    }
  }
}

/** 1, 2, 5, 10, 20, … between two values, thinned out to what there is room for. */
function oneTwoFive(from: number, to: number, most: number): number[] {
  const ladder = (steps: readonly number[]) => {
    const marks: number[] = [];
    for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
      marks.push(
        ...steps
          .map((step) => Number((step * 10 ** power).toPrecision(3)))
          .filter((mark) => mark >= from && mark <= to),
      );
    }
    return marks;
  };
  return (
    [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]].map(ladder).find((marks) => marks.length <= most) ?? ladder([1])
  );
}

/** Steps of the axis in bytes: halves and doubles of what the units are made of. */
const BYTE_STEPS = Array.from({ length: 44 }, (_, power) => 2 ** power);

export function verticalAxis(spec: PlotSpec): Pick<uPlot.Axis, "splits" | "values" | "filter" | "incrs"> {
  const values = (_: uPlot, splits: number[]) => splits.map((value) => formatLimit(value, spec.unit));
  if (spec.unit === "bytes") {
    return { values, incrs: BYTE_STEPS };
  }
  return spec.log
    ? { splits: (plot, _, from, to) => oneTwoFive(from, to, plot.height / 34), values, filter: (_, splits) => splits }
    : { values };
}

/** The most wanted first: the others stand where there is room left. */
const NINES: readonly (readonly [number, string])[] = [
  [0.99, "99"],
  [0.9, "90"],
  [0.5, "50"],
  [0.999, "99.9"],
  [0.9999, "99.99"],
  [0.99999, "99.999"],
  [0.95, "95"],
  [0, "0"],
];
const NINES_PX = 40;

function nineSplits(from: number, to: number, apart: number): number[] {
  const chosen: number[] = [];
  for (const [quantile] of NINES) {
    const x = -Math.log10(1 - quantile);
    // The last label must not stick out on the right.
    if (x >= from && x <= to - apart * 0.4 && chosen.every((other) => Math.abs(other - x) >= apart)) {
      chosen.push(x);
    }
  }
  return chosen.sort((a, b) => a - b);
}

/** Width of a date. */
const RUN_PX = 96;

function wholeSplits(from: number, to: number, apart: number): number[] {
  const first = Math.ceil(from);
  return Array.from({ length: Math.floor((Math.floor(to) - first) / apart) + 1 }, (_, index) => first + index * apart);
}

export function horizontalAxis(spec: PlotSpec): Pick<uPlot.Axis, "splits" | "values"> {
  switch (spec.x) {
    case "seconds":
      return { values: (_, splits) => splits.map((second) => formatSeconds(second)) };
    case "runs":
      return {
        splits: (plot, _, from, to) => wholeSplits(from, to, Math.ceil((RUN_PX * (to - from)) / plot.width)),
        values: (_, splits) => splits.map((run) => spec.labels?.[run]?.short ?? ""),
      };
    case "rate":
      return { values: (_, splits) => splits.map((rate) => formatLimit(rate, "1/s")) };
    case "nines":
      return {
        splits: (plot, _, from, to) => nineSplits(from, to, ((to - from) * NINES_PX) / plot.width),
        values: (_, splits) =>
          splits.map(
            (x) => `${NINES.find(([quantile]) => Math.abs(-Math.log10(1 - quantile) - x) < 1e-9)?.[1] ?? ""} %`,
          ),
      };
    case "log-ms":
      return {
        splits: (plot, _, from, to) => oneTwoFive(10 ** from, 10 ** to, plot.width / 62).map((ms) => Math.log10(ms)),
        values: (_, splits) => splits.map((x) => formatLimit(Number((10 ** x).toPrecision(3)), "ms")),
      };
  }
}

/** What the cursor stands on, for the legend. */
export function horizontalLabel(spec: PlotSpec): { label: string; text: (x: number) => string } {
  switch (spec.x) {
    case "seconds":
      return { label: "at", text: (second) => `${Math.round(second * 10) / 10} s` };
    case "runs":
      return { label: "in", text: (run) => spec.labels?.[run]?.long ?? "" };
    case "rate":
      return { label: "at", text: (rate) => formatLimit(Number(rate.toPrecision(3)), "1/s") };
    case "nines":
      return { label: "at", text: (x) => `${Number(((1 - 10 ** -x) * 100).toPrecision(5))} %` };
    case "log-ms":
      return { label: "from", text: (x) => formatLimit(Number((10 ** x).toPrecision(3)), "ms") };
  }
}
