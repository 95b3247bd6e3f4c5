import { defineConfig } from "vitest/config";

/** Contract and end-to-end tests that wait for longer than they compute, and judge no time that they take. */
const PATIENT = [
  "test/contract/cardinality-collect.test.ts",
  "test/contract/collect.test.ts",
  "test/contract/environment-users.test.ts",
  "test/contract/influx-outages.test.ts",
  "test/contract/influx-run.test.ts",
  "test/contract/influx-server.test.ts",
  "test/contract/influx-service-run.test.ts",
  "test/contract/kill.test.ts",
  "test/e2e/ending.test.ts",
  "test/e2e/init.test.ts",
];

/** Where no image can be pulled there is no reaper, as TESTCONTAINERS_RYUK_DISABLED says. */
const WITHOUT_REAPER = process.env["TESTCONTAINERS_RYUK_DISABLED"] === "true" ? ["test/contract/reaper.test.ts"] : [];

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
          exclude: [...PATIENT, ...WITHOUT_REAPER],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          // Those that are declared so wait for an engine, not for a processor.
          maxConcurrency: 8,
        },
      },
      {
        test: {
          name: "e2e",
          sequence: { groupOrder: 4 },
          include: ["test/e2e/**/*.test.ts"],
          exclude: PATIENT,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "patient",
          // Three files at a time keep two cores busy; one after the other they leave them idle for half of the time.
          sequence: { groupOrder: 5 },
          include: PATIENT,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxWorkers: 3,
        },
      },
    ],
  },
});
