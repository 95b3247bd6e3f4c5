import uPlot from "uplot";
import { formatValue } from "../format.ts";
import type { PlotSeries, PlotSpec } from "../plots/plot-spec.ts";
import { colour, pale } from "./colours.ts";
import { drawLimits, drawShade } from "./limits.ts";
import { horizontalAxis, horizontalLabel, horizontalRange, verticalAxis, verticalRange } from "./scales.ts";

const HEIGHT = 200;
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Draws into the place; its canvas tells tests the largest value drawn and how many series there are. */
export function drawPlot(place: HTMLElement, spec: PlotSpec): uPlot {
  const data: uPlot.AlignedData = [[...spec.xs], ...spec.series.map((series) => [...series.values])];
  const plot = new uPlot(options(place, spec), data, place);
  const canvas = plot.ctx.canvas;
  canvas.dataset["max"] = String(largestOf(plot.data));
  canvas.dataset["series"] = String(plot.series.length - 1);
  return plot;
}

function largestOf([, ...lists]: uPlot.AlignedData): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const list of lists) {
    for (const value of list) {
      largest = typeof value === "number" && value > largest ? value : largest;
    }
  }
  return largest;
}

function options(place: HTMLElement, spec: PlotSpec): uPlot.Options {
  const { label, text } = horizontalLabel(spec);
  const axis: uPlot.Axis = {
    font: FONT,
    stroke: () => colour("axis"),
    grid: { stroke: () => colour("grid"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(200, place.clientWidth),
    height: HEIGHT,
    padding: [16, 14, 0, 0],
    ms: 1,
    scales: {
      x: { time: false, range: () => horizontalRange(spec) },
      y: { distr: spec.log ? 3 : 1, range: () => verticalRange(spec) },
    },
    axes: [
      { ...axis, ...horizontalAxis(spec), size: 28, space: 56, gap: 4 },
      { ...axis, ...verticalAxis(spec), size: (plot, values) => axisWidth(plot, values), gap: 4, space: 34 },
    ],
    series: [
      { label, value: (_, x) => (x === null ? "–" : text(x)) },
      ...spec.series.map((series) => seriesOptions(series, spec)),
    ],
    legend: { live: true },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: false, y: false },
      ...(spec.sync === undefined ? {} : { sync: { key: spec.sync, setSeries: false } }),
    },
    hooks: { drawClear: [(plot) => drawShade(plot, spec)], draw: [(plot) => drawLimits(plot, spec)] },
  };
}

/** As wide as the widest label, so that no plot cuts one. */
function axisWidth(plot: uPlot, values: readonly string[] | null): number {
  const { ctx } = plot;
  ctx.save();
  ctx.font = FONT;
  const widest = (values ?? []).reduce((width, value) => Math.max(width, ctx.measureText(value ?? "").width), 0);
  ctx.restore();
  return Math.ceil(widest) + 14;
}

function seriesOptions({ label, colour: name, style }: PlotSeries, spec: PlotSpec): uPlot.Series {
  const value = (_: uPlot, figure: number | null) =>
    figure === null || figure === undefined ? "–" : formatValue(figure, spec.unit);
  const common: uPlot.Series = { label, value, stroke: () => colour(name), width: 1.6, points: { show: false } };
  const { bars, linear } = uPlot.paths;
  switch (style) {
    case "line":
      return { ...common, points: { show: (plot, index) => alone(plot, index), size: 4, fill: () => colour(name) } };
    case "band":
      return { ...common, stroke: () => pale(name, 0.6), width: 3.2 };
    case "curve":
      return { ...common, spanGaps: true };
    case "area":
      return { ...common, fill: () => pale(name, 0.16), ...(linear === undefined ? {} : { paths: linear() }) };
    case "bars":
      return {
        ...common,
        width: 0,
        fill: () => pale(name, 0.8),
        // From its left edge on: a bucket begins where its value stands. A second is one bar, never thicker than 9 px.
        ...(bars === undefined
          ? {}
          : {
              paths: bars(spec.x === "log-ms" ? { align: 1, size: [1], gap: 0.5 } : { align: 0, size: [0.9, 9, 1.5] }),
            }),
      };
    case "dots":
      return {
        ...common,
        width: 0,
        paths: () => null,
        fill: () => colour(name),
        points: { show: true, size: 7, fill: () => colour(name), width: 0 },
      };
  }
}

/** A single figure makes no line: it is shown as a point, or it would not be seen at all. */
function alone(plot: uPlot, index: number): boolean {
  const values = plot.data[index] ?? [];
  let figures = 0;
  for (const value of values) {
    figures += typeof value === "number" ? 1 : 0;
  }
  return figures <= 2;
}
