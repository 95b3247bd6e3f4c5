/**
 * How Stryker changes verdict/ and tells what its tests notice; `npm run mutation` (tools/mutation.ts) says which folder, and
 * `npx stryker run --mutate FILE,FILE` tries some files. Alone on the machine: a mutant counts as caught when its tests
 * take twice as long and five seconds more.
 * https://stryker-mutator.io/docs/stryker-js/configuration/
 */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "vitest.mutation.config.ts", related: false },
  coverageAnalysis: "perTest",
  // Tables that are made while a file is loaded: each would run every test, which takes hours. They are not in the score.
  ignoreStatic: true,
  concurrency: 2,
  dryRunTimeoutMinutes: 10,
  timeoutMS: 5000,
  timeoutFactor: 2,
  // Stryker would rewrite tsconfig.json with an interface that TypeScript 7 has not; Vite needs no tsconfig.json here.
  tsconfigFile: "none",
  // Not copied for the workers: no test of verdict/ reads it.
  ignorePatterns: ["dashboards", "docs", "coverage", ".proofload", "scenarios", "micro", "targets/reference"],
  reporters: ["clear-text", "progress-append-only", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
  jsonReporter: { fileName: ".proofload/mutation/report.json" },
  thresholds: { high: 90, low: 85, break: null },
};
