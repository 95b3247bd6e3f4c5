/**
 * `npm run mutation`: every place in verdict/ is changed, one at a time, and the tests of verdict/ have to notice. Alone on the
 * machine: a mutant counts as caught when it makes a test take three times as long. What it found lies in
 * .proofload/mutation/, from where the next run goes on with what has changed. `-- --mutate FILE,FILE` tries some files.
 * https://stryker-mutator.io/docs/stryker-js/configuration/
 */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "vitest.mutation.config.ts", related: false },
  mutate: ["harness/verdict/**/*.ts", "!harness/verdict/**/*.test.ts", "!harness/verdict/sample-*.ts"],
  coverageAnalysis: "perTest",
  // Tables that are made while a file is loaded: each would run every test, which takes hours. They are not in the score.
  ignoreStatic: true,
  concurrency: 2,
  dryRunTimeoutMinutes: 10,
  timeoutMS: 10_000,
  timeoutFactor: 3,
  // Stryker would rewrite tsconfig.json with an interface that TypeScript 7 has not; Vite needs no tsconfig.json here.
  tsconfigFile: "none",
  // Not copied for the workers: no test of verdict/ reads it.
  ignorePatterns: ["dashboards", "docs", "coverage", ".proofload", "scenarios", "micro", "targets/reference"],
  incremental: true,
  incrementalFile: ".proofload/mutation/incremental.json",
  reporters: ["clear-text", "progress-append-only", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: ".proofload/mutation/report.json" },
  thresholds: { high: 90, low: 85, break: 85 },
};
