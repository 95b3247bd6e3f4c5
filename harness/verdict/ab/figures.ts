import type { AbRecord, AbStart, FigureKey } from "../../collect/ab-record.ts";
import { MINIMUM_SAMPLES } from "../../plan/metrics.ts";

export interface FigureSeries {
  readonly key: FigureKey;
  readonly gated: boolean;
  /** Of the sound starts that have the figure on both sides, above 0. */
  readonly points: readonly FigurePoint[];
}

export interface FigurePoint {
  readonly start: number;
  readonly base: number;
  readonly head: number;
  /** ln(head ÷ base) */
  readonly logRatio: number;
}

/** Every figure as a series over the starts: gated ones first, as they were chosen; then the others, as they came. */
export function figureSeries(record: AbRecord, sound: readonly AbStart[]): FigureSeries[] {
  const gated = new Set(record.gated.map(nameOfKey));
  const advisory = new Map<string, FigureKey>();
  for (const { figures } of sound) {
    for (const { subject, metric, statistic } of figures) {
      const key = { subject, metric, statistic };
      if (!gated.has(nameOfKey(key))) advisory.set(nameOfKey(key), key);
    }
  }
  return [
    ...record.gated.map((key) => ({ key, gated: true, points: pointsOf(key, sound) })),
    ...[...advisory.values()].map((key) => ({ key, gated: false, points: pointsOf(key, sound) })),
  ];
}

function pointsOf(key: FigureKey, sound: readonly AbStart[]): FigurePoint[] {
  const name = nameOfKey(key);
  const fewest = MINIMUM_SAMPLES[key.statistic] ?? 0;
  return sound.flatMap(({ index, figures }) => {
    const figure = figures.find((one) => nameOfKey(one) === name);
    if (figure === undefined || Math.min(figure.count.base, figure.count.head) < fewest) return [];
    const { base, head } = figure;
    const logRatio = Math.log(head / base);
    return base > 0 && Number.isFinite(logRatio) ? [{ start: index, base, head, logRatio }] : [];
  });
}

function nameOfKey({ subject, metric, statistic }: FigureKey): string {
  return JSON.stringify([subject.kind, subject.name, metric, statistic]);
}
