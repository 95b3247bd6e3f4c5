import { defineConfig } from "vitest/config";

/**
 * What `npm run mutation` runs against every mutant: the tests of the verdict alone, which have to notice by themselves.
 * Those with thousands of random cases are left out: counting what they cover takes longer than all others together.
 */
export default defineConfig({
  test: {
    // Of the folder that is changed.
    dir: "harness/verdict",
    include: ["**/*.test.ts"],
    exclude: ["**/*.property.test.ts", "**/replay.test.ts"],
    testTimeout: 120_000,
    // No test changes what another one sees; a mutant is tried in a quarter less time.
    isolate: false,
    reporters: ["default"],
  },
});
