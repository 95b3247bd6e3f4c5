import { describe, expect, it } from "vitest";
import { coverage, coverageRows } from "./coverage.ts";
import type { Configuration, RequirementRow, TargetDefinition } from "./definition.ts";
import { sampleService } from "./sample-service.ts";

const row = (id: string, notMeasured?: string): RequirementRow => ({
  id,
  promise: `promise of ${id}`,
  measuredBy: "browse",
  ...(notMeasured === undefined ? {} : { notMeasured }),
});
const target: TargetDefinition = {
  name: "shop",
  title: "Shop",
  specification: "shop.md",
  service: sampleService,
  profile: { name: "small", cpus: 2, memoryGiB: 4 },
  data: { seed: 1 },
  classes: {
    read: { title: "Reads", budgets: [{ limit: "p95 of latency < 100 ms", source: "A-1" }] },
    idle: { title: "Never called", budgets: [{ limit: "p95 of latency < 1 ms", source: "A-5" }] },
  },
  endpoints: {
    "cart.read": { method: "GET", path: "/cart", class: "read" },
    "cart.idle": { method: "GET", path: "/idle", class: "idle" },
  },
  scenarios: {
    browse: {
      title: "Browse",
      script: "browse.ts",
      warmup: "2s",
      streams: {
        read: { exec: "read", load: { model: "open", rate: 20, duration: "10s" }, calls: { "cart.read": 1 } },
      },
      budgets: [{ limit: "error_rate < 0.1 %", source: "A-2" }],
    },
  },
  requirements: [
    row("A-1"),
    row("A-2", "the other half: needs more"),
    row("A-3"),
    row("A-4", "needs a browser"),
    row("A-5"),
  ],
};
const configuration: Configuration = { targets: [target], suites: { all: ["browse"] } };

describe("coverage", () => {
  it("calls a promise judged only when a scenario calls an endpoint that its budget stands on", () => {
    expect(coverageRows(configuration).map(({ id, status }) => `${id} ${status}`)).toEqual([
      "A-1 judged",
      "A-2 judged in part",
      "A-3 shown",
      "A-4 not measured",
      "A-5 shown",
    ]);
  });

  it("shows the budget of a judged promise and the reason of a hole, and counts both", () => {
    const text = coverage(configuration);
    expect(text).toContain("| A-1 | promise of A-1 | browse | judged: `p95 of latency < 100 ms` |");
    expect(text).toContain("judged in part: `error_rate < 0.1 %`; not yet: the other half: needs more |");
    expect(text).toContain("**not measured**: needs a browser |");
    expect(text).toContain("5 promises: 1 judged, 1 judged in part, 2 shown, 1 not measured.");
  });

  it("finds the budget of a promise that another target's scenario judges", () => {
    const other: TargetDefinition = { ...target, name: "other", scenarios: {}, requirements: [row("A-2")] };
    const rows = coverageRows({ targets: [target, other], suites: { all: ["browse"] } });
    expect(rows.find((entry) => entry.target === "other")?.status).toBe("judged");
  });
});
