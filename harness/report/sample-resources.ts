import type { ResourceSeries } from "../collect/record.ts";

const MB = 1024 ** 2;

/** What the sampler writes, once a second. */
export function sampleResources(seconds: number, random: () => number): ResourceSeries[] {
  const series = (part: string, metric: string, at: (second: number) => number): ResourceSeries => ({
    part,
    metric,
    points: Array.from({ length: seconds }, (_, second) => [second + 0.2, at(second)] as const),
  });
  const around = (value: number, share: number) => value * (1 + share * (random() - 0.5));
  const warm = (second: number) => 1 - 0.5 * Math.exp(-second / 4);
  return [
    series("service", "cpu", (second) => around(0.62 * (2 - warm(second)), 0.2)),
    series("postgres", "cpu", () => around(0.31, 0.3)),
    series("redis", "cpu", () => around(0.05, 0.4)),
    series("k6", "cpu", () => around(0.23, 0.3)),
    series("harness", "cpu", () => around(0.06, 0.5)),
    series("service", "rss", (second) => 148 * MB + warm(second) * 55 * MB + (second % 9) * MB),
    series("postgres", "rss", (second) => 60 * MB + second * 0.2 * MB),
    series("redis", "rss", (second) => 12 * MB + second * 0.05 * MB),
    series("k6", "rss", (second) => 120 * MB + second * 0.9 * MB),
    series("harness", "rss", () => around(92 * MB, 0.02)),
    series("service", "pool_in_use", () => Math.round(around(4, 1.2))),
    series("service", "pool_waiting", (second) => (second % 17 === 0 ? 1 : 0)),
    series("service", "event_loop_delay", () => around(11, 0.4)),
    series("service", "cache_hit_ratio", (second) => 0.94 * warm(second)),
    series("machine", "foreign_cpu", () => around(0.04, 1)),
  ];
}
