import { defineConfig } from "vitest/config";

// No retries, no skips: a test that cannot run here fails and says what is missing.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["harness/**/*.test.ts", "targets/*.test.ts"], testTimeout: 20_000 } },
      {
        test: {
          name: "service",
          include: ["targets/reference/test/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
