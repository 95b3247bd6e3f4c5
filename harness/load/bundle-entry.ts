import { countingOf, countsCost, ROUNDS } from "../plan/cost-scenario.ts";
import type { EndpointPlan, ScenarioPlan } from "../plan/plan.ts";
import { scheduledEndpoints } from "../plan/scheduled.ts";
import { type CanaryTiming, COUNTING_EXEC, canaryTiming, execName, k6Options } from "./k6-options.ts";
import type { UserOptions } from "./user-options.ts";

/**
 * Before every bundle, so that it runs before all of its modules and before esbuild takes hold of `require`: k6 fetches
 * `require("https://…")` by a way of its own, which its deny-list of addresses knows nothing of. Imports are checked
 * where the script is bundled.
 */
export const GUARD = `{
  const real = globalThis.require;
  globalThis.require = (id) => {
    const name = String(id);
    if (/^k6\\/(?:browser|x\\/|net\\/grpc)/.test(name) || !/^(?:k6(?:\\/|$)|\\.{0,2}\\/|file:)/.test(name)) {
      throw new Error('proofload: not allowed: require("' + name + '"); write it as an import');
    }
    return real(name);
  };
}`;

/** The sources that harness/load writes into a bundle; pure. Modules of scenarios/lib are named `proofload:lib/…`. */

/** The entry of a scenario with named endpoints: what k6 calls, the options, and the summary. */
export function scenarioEntry(scenario: ScenarioPlan, script: string, scriptExports: readonly string[]): string {
  const from = JSON.stringify(script);
  if (countsCost(scenario)) return countingEntry(scenario, from, scriptExports);
  const lines = [
    `import * as script from ${from};`,
    `import { canary, canaryUntilIdle, closed, open, summary } from "proofload:lib/entry.ts";`,
    `import { reportInitProblems } from "proofload:lib/init-problems.ts";`,
    `export const options = ${JSON.stringify(k6Options(scenario))};`,
    ...exported(scriptExports, ["setup", "teardown"]).map((name) => `export { ${name} } from ${from};`),
  ];
  for (const stream of scenario.streams) {
    for (const phase of ["warmup", "measured"] as const) {
      const load = phase === "warmup" ? stream.warmup : stream.measured;
      if (load === undefined) continue;
      const run =
        load.model === "open" || load.model === "open-ramp"
          ? `open(script.${stream.exec}, ${JSON.stringify(load)})`
          : `closed(script.${stream.exec})`;
      lines.push(`export const ${execName(stream, phase)} = ${run};`);
    }
  }
  lines.push(
    canaryFunction(scenario.warmupSeconds, canaryTiming(scenario)),
    "export function handleSummary(data) { return summary(data); }",
    "reportInitProblems();",
  );
  return lines.join("\n");
}

/** The entry of a scenario that counts what its requests cost: all of its streams are turns of one VU. */
function countingEntry(scenario: ScenarioPlan, from: string, scriptExports: readonly string[]): string {
  const turns = scenario.streams.map(
    ({ exec, calls }) => `{ run: (data) => script.${exec}(data), calls: ${JSON.stringify(Object.keys(calls))} }`,
  );
  const more = JSON.stringify({
    warmupSeconds: scenario.warmupSeconds,
    requests: ROUNDS * countingOf(scenario).requests,
  });
  return [
    `import * as script from ${from};`,
    `import { takeTurns } from "proofload:lib/counted.ts";`,
    `import { summary } from "proofload:lib/entry.ts";`,
    `import { reportInitProblems } from "proofload:lib/init-problems.ts";`,
    `export const options = ${JSON.stringify(k6Options(scenario))};`,
    ...exported(scriptExports, ["setup", "teardown"]).map((name) => `export { ${name} } from ${from};`),
    `export const ${COUNTING_EXEC} = takeTurns([${turns.join(", ")}], ${more});`,
    "export function handleSummary(data) { return summary(data); }",
    "reportInitProblems();",
  ].join("\n");
}

/**
 * The module `proofload:plan`.
 * @param tagsOf further tags of every request of an endpoint.
 */
export function planModule(
  scenario: ScenarioPlan,
  tagsOf?: (endpoint: EndpointPlan) => Readonly<Record<string, string>>,
): string {
  // Of an A/B nobody asks for it: it compares what the service needed.
  const scheduled = new Set(tagsOf === undefined ? scheduledEndpoints(scenario) : []);
  const plan = {
    scenario: scenario.name,
    endpoints: Object.fromEntries(
      scenario.endpoints.map((endpoint) => {
        const { name, method, path } = endpoint;
        const more = {
          ...(scheduled.has(name) ? { scheduled: true } : {}),
          ...(tagsOf === undefined ? {} : { tags: tagsOf(endpoint) }),
        };
        return [name, { method, path, ...more }];
      }),
    ),
    params: scenario.params,
    data: scenario.data,
    seed: scenario.data.seed,
    streams: Object.fromEntries(scenario.streams.map(({ name, exec, calls }) => [name, { exec, calls }])),
  };
  return `export const plan = ${JSON.stringify(plan)};`;
}

/** The entry of an unchanged k6 script that is only looked at. */
export function inspectedEntry(script: string, scriptExports: readonly string[]): string {
  const from = JSON.stringify(script);
  const has = (name: string): boolean => scriptExports.includes(name);
  return [
    `import * as script from ${from};`,
    `import { withDefaults } from "proofload:lib/user-options.ts";`,
    `export * from ${from};`,
    ...(has("default") ? [`export { default } from ${from};`] : []),
    `export const options = withDefaults(${has("options") ? "script.options" : "{}"});`,
  ].join("\n");
}

/** The entry of an unchanged k6 script: everything that it exports, its options and summary with ours added. */
export function userEntry(script: string, scriptExports: readonly string[], ours: UserOptions): string {
  const from = JSON.stringify(script);
  const has = (name: string): boolean => scriptExports.includes(name);
  return [
    `import * as script from ${from};`,
    `import { canary, canaryUntilIdle, summary, userSummary } from "proofload:lib/entry.ts";`,
    `import { withOurs } from "proofload:lib/user-options.ts";`,
    `export * from ${from};`,
    ...(has("default") ? [`export { default } from ${from};`] : []),
    `export const options = withOurs(${has("options") ? "script.options" : "{}"}, ${JSON.stringify(ours)}, ${has("handleSummary")});`,
    canaryFunction(0, ours.canaryTiming),
    has("handleSummary")
      ? "export function handleSummary(data) { return userSummary(script.handleSummary, data); }"
      : "export function handleSummary(data) { return summary(data); }",
  ].join("\n");
}

function canaryFunction(warmupSeconds: number, { untilIdleAfter }: CanaryTiming): string {
  const made =
    untilIdleAfter === undefined ? `canary(${warmupSeconds})` : `canaryUntilIdle(${warmupSeconds}, ${untilIdleAfter})`;
  return `export const proofload_canary = ${made};`;
}

function exported(scriptExports: readonly string[], wanted: readonly string[]): readonly string[] {
  return wanted.filter((name) => scriptExports.includes(name));
}
