import { expect, it } from "vitest";
import { series } from "./sample-series.ts";
import { trendOf } from "./trend.ts";

it("a trend finds nothing in noise: at most one in 200 series", () => {
  const null200 = Array.from({ length: 200 }, (_, index) => series(index + 100, () => 1));
  expect(trendOf(null200, []).open).toBeLessThanOrEqual(1);
});
