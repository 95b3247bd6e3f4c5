import type { Point } from "../../collect/influx/point.ts";
import { safeTag } from "../../collect/influx/safe-tag.ts";
import { epochOf } from "../../epoch.ts";
import { placeOf, type SeriesPoint, type Trend } from "../../verdict/trend.ts";
import { changeText, momentText, rangeText, seriesMeasure, seriesSubject } from "./trend-text.ts";

/**
 * Annotations for the dashboards: where a figure changed, and where another commit was measured. They stand at the time
 * of the commit, as the summaries of runs do. Sending them again writes the same points over themselves.
 */
export function trendPoints(trend: Trend): Point[] {
  return [...changePoints(trend), ...deployments(trend)];
}

/** One for each target and run: two points of equal tags and time would be one. */
function changePoints({ series }: Trend): Point[] {
  const changes = series.flatMap((one) =>
    one.changes.map((change) => ({
      target: one.target,
      point: change.firstBad,
      text: `${seriesSubject(one)} ${seriesMeasure(one)} ${changeText(change, one)}`,
      range: rangeText(change),
    })),
  );
  const groups = Map.groupBy(changes, ({ target, point }) => `${target}\0${point.run}`);
  return [...groups.values()].flatMap(([first, ...more]): Point[] =>
    first === undefined
      ? []
      : [
          {
            measurement: "annotations",
            tags: { run: first.point.run, target: safeTag(first.target), kind: "change_point" },
            fields: {
              title: `${first.text}${more.length === 0 ? "" : `, and ${more.length} more`}`,
              text: [...[first, ...more].map(({ text }) => text), first.range].join("; "),
            },
            time: timeOf(first.point),
          },
        ],
  );
}

/** The first run of every commit of a target, but for the oldest: nothing changed there. */
function deployments({ series }: Trend): Point[] {
  return [...Map.groupBy(series, ({ target }) => target)].flatMap(([target, own]) => {
    const points = new Map(own.flatMap((one) => one.points).map((point) => [point.run, point]));
    const ordered = [...points.values()].sort((a, b) => timeOf(a) - timeOf(b) || (a.run < b.run ? -1 : 1));
    return ordered.flatMap((point, index): Point[] => {
      const before = ordered[index - 1];
      if (point.commit === undefined || before === undefined || placeOf(before) === placeOf(point)) return [];
      return [
        {
          measurement: "annotations",
          tags: { run: point.run, target: safeTag(target), kind: "deployment" },
          fields: { title: `commit ${point.commit.sha.slice(0, 10)}`, text: momentText(point) },
          time: timeOf(point),
        },
      ];
    });
  });
}

function timeOf({ commit, createdAt }: SeriesPoint): number {
  return epochOf(commit?.time ?? createdAt);
}
