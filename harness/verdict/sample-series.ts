import { seededRandom, standardNormal } from "./stats/random.ts";
import type { Series } from "./trend.ts";

export const sha = (night: number) => night.toString(16).padStart(40, "0");
const NOISE = 0.02;

/** 40 nights around 10 ms with 2 % of noise, times what the night says. */
export function series(id: number, factor: (night: number) => number, more: Partial<Series> = {}): Series {
  const random = seededRandom(id);
  return seriesOf(
    id,
    Array.from({ length: 40 }, (_, night) => 10 * factor(night) * Math.exp(NOISE * standardNormal(random))),
    more,
  );
}

/** Nights without noise: ten at each level, or as many as it says. */
export function stepped(
  id: number,
  levels: readonly (number | readonly [level: number, nights: number])[],
  more: Partial<Series> = {},
): Series {
  const values = levels.flatMap((one) => {
    const [level, nights] = typeof one === "number" ? [one, 10] : one;
    return new Array<number>(nights).fill(level);
  });
  return seriesOf(id, values, more);
}

function seriesOf(id: number, values: readonly number[], more: Partial<Series>): Series {
  return {
    id: id.toString(16).padStart(8, "0"),
    target: "shop",
    part: "load",
    environment: "embedded",
    fingerprint: "f",
    subject: { kind: "endpoint", name: "orders.list" },
    metric: "latency",
    statistic: "p95",
    points: values.map((value, night) => ({
      run: `run-${night}`,
      createdAt: `2026-01-01T00:00:${String(night).padStart(2, "0")}.000Z`,
      commit: { sha: sha(night), dirty: false },
      value,
    })),
    ...more,
  };
}
