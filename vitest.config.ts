import { defineConfig } from "vitest/config";

// No retries, no skips: a test that cannot run here fails and says what is missing.
export default defineConfig({
  test: {
    reporters: process.env["PROOFLOAD_TEST_RESULTS"] === undefined ? ["default"] : ["default", "json"],
    ...(process.env["PROOFLOAD_TEST_RESULTS"] === undefined
      ? {}
      : { outputFile: process.env["PROOFLOAD_TEST_RESULTS"] }),
    coverage: {
      provider: "v8",
      include: ["harness/{plan,collect,verdict,report}/**/*.ts"],
      exclude: ["**/*.test.ts", "harness/collect/gen/**", "harness/report/browser/**", "harness/report/sample*.ts"],
      reporter: ["text-summary"],
      thresholds: { lines: 90 },
    },
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "harness/**/*.test.ts",
            "dashboards/*.test.ts",
            "targets/*.test.ts",
            "targets/rule-engine/test/**/*.test.ts",
          ],
          exclude: ["**/*.property.test.ts"],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          // Thousands of random cases each: apart, so that the unit tests stay a matter of seconds (BIN-12).
          name: "property",
          include: ["harness/**/*.property.test.ts", "targets/rule-engine/test/**/*.property.test.ts"],
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "service",
          // One kind after the other: tests that drive load must not share the machine with others.
          sequence: { groupOrder: 2 },
          include: ["targets/reference/test/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "contract",
          sequence: { groupOrder: 3 },
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          sequence: { groupOrder: 4 },
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
