import { median } from "../../verdict/stats/moments.ts";
import type { SeriesTrend } from "../../verdict/trend.ts";
import { momentText, seriesMeasure, seriesSubject } from "../trend/trend-text.ts";
import type { PlotSpec } from "./plot-spec.ts";

/** A series over its runs: every run as a dot, the level between two changes as a line, changes as marks. */
export function trendPlot(id: string, series: SeriesTrend): PlotSpec {
  const { points, changes, unit } = series;
  const values = points.map(({ value }) => value);
  const title = `${seriesSubject(series)}: ${seriesMeasure(series)}`;
  return {
    id,
    title,
    description: `${points.length} runs, ${changes.length === 0 ? "no change" : changes.map(({ firstBad }) => `a change in ${momentText(firstBad)}`).join(", ")}`,
    x: "runs",
    xs: points.map((_, index) => index),
    labels: points.map((point) => ({
      short: (point.commit?.time ?? point.createdAt).slice(0, 10),
      long: momentText(point),
    })),
    unit,
    log: false,
    series: [
      { label: "run", colour: "a", style: "dots", values },
      { label: "level", colour: "g", style: "line", values: levelsOf(series) },
    ],
    limits: changes.map(({ index, direction, state }) => ({
      axis: "x",
      // Between the last of the old level and the first of the new one.
      value: index - 0.5,
      label: direction === "worse" && state !== "open" ? state : direction,
      level: state === "open" ? "max" : "mark",
    })),
  };
}

function levelsOf({ points, changes }: SeriesTrend): number[] {
  const edges = [0, ...changes.map(({ index }) => index), points.length];
  return edges.slice(1).flatMap((end, at) => {
    const own = points.slice(edges[at], end).map(({ value }) => value);
    return own.map(() => median(own));
  });
}
