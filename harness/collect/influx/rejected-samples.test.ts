import { expect, it } from "vitest";
import type { CountFields } from "./expected.ts";
import type { Point } from "./point.ts";
import { createRejectedSamples } from "./rejected-samples.ts";

const COUNTED = new Map<string, CountFields>([
  ["http_reqs", { measurement: "requests", fields: ["count"] }],
  ["checks", { measurement: "checks", fields: ["passes", "fails"] }],
  ["ttft", { measurement: "trends", fields: ["count"], metric: "ttft" }],
]);
const requests = (count: number, time = 1000): Point => ({
  measurement: "requests",
  tags: { run: "r", endpoint: "a" },
  fields: { count, rel_ms: 0 },
  time,
});

it("of a window that is written again, only what the database lacks is missing", () => {
  const rejected = createRejectedSamples(() => COUNTED);
  rejected.written(requests(5));
  rejected.rejected(requests(8));
  expect(rejected.totals().get("http_reqs")).toBe(3);
  rejected.rejected(requests(9));
  expect(rejected.totals().get("http_reqs")).toBe(4);
  rejected.written(requests(9));
  expect(rejected.totals().get("http_reqs") ?? 0).toBe(0);
});

it("counts both outcomes of a check, and each trend under its own name", () => {
  const rejected = createRejectedSamples(() => COUNTED);
  rejected.rejected({ measurement: "checks", tags: { run: "r" }, fields: { passes: 3, fails: 2 }, time: 1 });
  rejected.rejected({ measurement: "trends", tags: { run: "r", metric: "ttft" }, fields: { count: 7 }, time: 1 });
  rejected.rejected({ measurement: "trends", tags: { run: "r", metric: "other" }, fields: { count: 1 }, time: 1 });
  expect([...rejected.totals()].sort()).toEqual([
    ["checks", 5],
    ["ttft", 7],
  ]);
});

it("keeps the count of windows that it no longer holds", () => {
  const rejected = createRejectedSamples(() => COUNTED);
  for (let second = 0; second < 1000; second += 1) rejected.rejected(requests(2, second * 1000));
  expect(rejected.totals().get("http_reqs")).toBe(2000);
});
