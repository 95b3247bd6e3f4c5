import type { CompiledRule } from "./compile.ts";
import { CycleError } from "./rule-error.ts";

/** Firings that the message looks back at. */
const LOOK_BACK = 1000;

/** Names the rules that fired last, in the order of all rules. */
export function cycleError(
  rule: CompiledRule,
  fired: readonly CompiledRule[],
  rules: readonly CompiledRule[],
  cycleLimit: number,
): CycleError {
  const last = new Set(fired.slice(-LOOK_BACK)).add(rule);
  const names = rules.filter((one) => last.has(one)).map((one) => one.rule.name);
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  return new CycleError(
    `rule ${JSON.stringify(rule.rule.name)} fired more than ${cycleLimit} times on account of other firings; ` +
      `these rules set one another off: ${shown.join(", ")}${more}`,
    names,
  );
}
