import type { ScenarioPlan } from "../plan/plan.ts";
import { execName } from "./k6-options.ts";
import { warmupName } from "./k6-thresholds.ts";

/** The sources that an A/B writes into its bundle; pure. */

/** One side's entry: all that the script exports, and what the library of this side knows. */
export function sideEntry(script: string, scriptExports: readonly string[]): string {
  const from = JSON.stringify(script);
  return [
    `export * from ${from};`,
    ...(scriptExports.includes("default") ? [`export { default } from ${from};`] : []),
    `export { reportInitProblems as proofload_reportInitProblems } from "proofload:lib/init-problems.ts";`,
    `export { takeAnswers as proofload_takeAnswers } from "proofload:lib/side-answers.ts";`,
  ].join("\n");
}

/** Before a side's module, on its first line, so that the lines of the source map hold. */
export function sidePrefix(side: string): string {
  const address = `__ENV.${baseUrlVariable(side)} ?? __ENV.PROOFLOAD_BASE_URL`;
  return `const PROOFLOAD_SIDE_ENV = { ...__ENV, PROOFLOAD_BASE_URL: ${address}, PROOFLOAD_SIDE: ${JSON.stringify(side)} };`;
}

export function baseUrlVariable(side: string): string {
  return `PROOFLOAD_BASE_URL_${side.toUpperCase()}`;
}

/** What k6 calls: every stream for both sides, in the warm-up and measured, and one canary. */
export function pairedEntry(scenario: ScenarioPlan, scriptExports: readonly string[]): string {
  const has = (name: string) => (scriptExports.includes(name) ? `{ base: base.${name}, head: head.${name} }` : "{}");
  const lines = [
    `import * as base from "proofload:side/base";`,
    `import * as head from "proofload:side/head";`,
    `import { canary, summary } from "proofload:lib/entry.ts";`,
    `import { paired, pairedSetup, pairedTeardown, settings } from "proofload:lib/paired.ts";`,
    "export const options = settings.options;",
    `export function setup() { return pairedSetup(${has("setup")}); }`,
    `export function teardown(data) { pairedTeardown(${has("teardown")}, data); }`,
    "const answers = { base: base.proofload_takeAnswers, head: head.proofload_takeAnswers };",
  ];
  for (const stream of scenario.streams) {
    const run = `{ base: base.${stream.exec}, head: head.${stream.exec} }`;
    for (const phase of ["warmup", "measured"] as const) {
      const k6Scenario = phase === "warmup" ? warmupName(stream) : stream.name;
      lines.push(`export const ${execName(stream, phase)} = paired(${run}, ${JSON.stringify(k6Scenario)}, answers);`);
    }
  }
  lines.push(
    "export const proofload_canary = canary(0);",
    "export function handleSummary(data) { return summary(data); }",
    "base.proofload_reportInitProblems();",
    "head.proofload_reportInitProblems();",
  );
  return lines.join("\n");
}
