import { defineConfig } from "vitest/config";

/** What `npm run mutation` runs against every mutant: the tests of the verdict alone, which have to notice by themselves. */
export default defineConfig({
  test: { include: ["harness/verdict/**/*.test.ts"], testTimeout: 60_000, reporters: ["default"] },
});
