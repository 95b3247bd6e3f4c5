import type { Plan } from "../plan/plan.ts";
import type { Verdict } from "../verdict/verdict.ts";

/** What to type next: one command, the most useful one after this verdict. `program` is "npx proofload" or the like. */
export function nextCommand(verdict: Verdict, plan: Plan, program: string): string {
  switch (verdict.kind) {
    case "PASS":
      if (plan.micro !== undefined) {
        return `${program} judge last`;
      }
      return `${program} ${["quick", "smoke"].includes(plan.suite) ? "run release" : "judge last"}`;
    case "FAIL":
    case "INCONCLUSIVE":
      return `${program} ${scenarioAgain(verdict, plan) ?? "judge last"}`;
    case "INVALID":
      return `${program} doctor`;
  }
}

/** Only what decided, not the whole suite; a k6 script has no name that `run` would know. */
function scenarioAgain(verdict: Verdict, plan: Plan): string | undefined {
  const decided = verdict.scenarios.find((scenario) => scenario.kind === verdict.kind)?.scenario;
  const micro = verdict.micro?.find((subject) => subject.kind === verdict.kind)?.subject;
  if (micro !== undefined) {
    return `micro ${micro}`;
  }
  const planned = plan.scenarios.find((scenario) => scenario.name === decided);
  return planned?.kind === "proofload" && /^[a-z][a-z0-9-]*$/.test(planned.name) ? `run ${planned.name}` : undefined;
}
