import { join } from "node:path";
import { capsOf } from "../plan/allowed-load.ts";
import type { Plan } from "../plan/plan.ts";
import type { MakeCommand } from "./command.ts";
import { planOptions } from "./plan-options.ts";
import { type PlanOptions, planRun } from "./plan-request.ts";
import { lastOf, SEQUENCES_DIRECTORY } from "./sequence/run-sequence.ts";
import { sequenceText } from "./sequence/sequence-minutes.ts";
import { sequenceOf } from "./sequence/sequence-of.ts";

/** What would run: hosts, rates, minutes, budgets. Touches nothing. */
export const planCommand: MakeCommand<PlanOptions & { json: boolean }> = (host, finish) => ({
  command: "plan <what..>",
  describe: "Show what would run: rates, minutes, budgets; touches nothing",
  builder: (yargs) =>
    planOptions(yargs)
      .option("json", { type: "boolean", default: false, describe: "the whole plan as JSON" })
      .example("$0 plan release", "the suite `release`, scenario by scenario"),
  handler: async (options) => {
    const sequence = await sequenceOf(host, options);
    if (sequence !== undefined) {
      const { name, lines, configuration } = sequence;
      const last = await lastOf(join(host.cwd, SEQUENCES_DIRECTORY), name);
      const said = options.json
        ? `${JSON.stringify(lines, null, 2)}\n`
        : sequenceText(name, lines, { host, configuration, last });
      host.out.write(said);
      finish(0);
      return;
    }
    const { plan } = await planRun(host, options);
    host.out.write(options.json ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan));
    finish(0);
  },
});

function planText(plan: Plan): string {
  const seconds = plan.scenarios.reduce((total, one) => total + one.warmupSeconds + one.measuredSeconds, 0);
  const where =
    plan.environment.kind === "url"
      ? plan.environment.url
      : `${plan.service?.name}${plan.environment.kind === "containers" ? " in containers" : ""}, on free loopback ports`;
  const lines = [
    `${plan.suite}: ${plan.scenarios.length} scenarios, ${Math.ceil(seconds)} s of load at most, on ${where}`,
  ];
  const { hardware } = plan;
  if (hardware !== undefined && (hardware.asked || plan.environment.kind === "containers")) {
    const { name, cpus, memoryGiB } = hardware.profile;
    const smaller = hardware.scale ? ", or less where this machine has less" : "";
    lines.push(`on the hardware profile ${name}: ${cpus} CPUs, ${memoryGiB} GiB${smaller}`);
  }
  const caps = capsOf(plan.environment.kind === "url" ? plan.environment.url : undefined, plan.allow);
  if (caps !== undefined) {
    const { vus, rate, seconds } = caps;
    lines.push(`held to ${vus} VUs, ${rate} requests/s and ${seconds} s a scenario, because it leaves this machine`);
  }
  for (const scenario of plan.scenarios) {
    lines.push("", `${scenario.name}  ${scenario.title}`);
    lines.push(`  warm-up ${scenario.warmupSeconds} s, measured ${scenario.measuredSeconds} s`);
    for (const { name, measured } of scenario.streams) {
      const { model } = measured;
      const load = model === "open" ? `${measured.rate} iterations/s, ${measured.vus} VUs` : model;
      lines.push(`  ${name}: ${load}${"users" in measured ? `, ${measured.users} users` : ""}`);
    }
    for (const { name, method, path, budgets } of scenario.endpoints) {
      lines.push(`  ${name.padEnd(22)} ${method} ${path}`);
      lines.push(...budgets.map((budget) => `      ${budget.text}  (${budget.source})`));
    }
    lines.push(...scenario.budgets.map((budget) => `  ${budget.text}  (${budget.source})`));
  }
  return `${lines.join("\n")}\n`;
}
