import type { CapacitySearch } from "../collect/capacity-record.ts";
import { type Problem, ProofloadError } from "../errors.ts";
import { capsOf } from "../plan/allowed-load.ts";
import { declaredRate, highestRate, rateProblems } from "../plan/at-rate.ts";
import type { Plan } from "../plan/plan.ts";
import { type Parsed, parseDuration, parseQuantity } from "../plan/quantity.ts";

export interface SearchTexts {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly step: string;
  readonly resolution: string;
}

const STEP_SECONDS = [4, 300] as const;
const RESOLUTION = [0.01, 1] as const;

/**
 * What the command line asks for, held against the scenario.
 * @throws ProofloadError PL_PLAN with every problem
 */
export function searchOf(plan: Plan, texts: SearchTexts): CapacitySearch {
  const problems: Problem[] = [];
  const read = (parsed: Parsed<number>, where: string, [least, most]: readonly [number, number], range: string) => {
    if (!parsed.ok) problems.push({ what: parsed.what, where, instead: parsed.instead });
    else if (parsed.value < least || parsed.value > most) {
      problems.push({ what: "out of range", where, instead: `a value of ${range}` });
    }
    return parsed.ok ? parsed.value : Number.NaN;
  };
  const [scenario] = plan.scenarios;
  if (plan.scenarios.length !== 1 || scenario === undefined) {
    problems.push({
      what: `"${plan.suite}" has ${plan.scenarios.length} scenarios, and a search is made for one`,
      where: "command line",
      instead: plan.scenarios.map(({ name }) => name).join(" or "),
    });
  }
  problems.push(...(scenario === undefined ? [] : rateProblems(scenario)));
  const rates = [0.1, 1e6] as const;
  const ask = (text: string, option: string) => read(parseQuantity(text, "1/s"), option, rates, "0.1/s to 1,000,000/s");
  const asked = texts.to === undefined ? undefined : ask(texts.to, "--to");
  const from = texts.from === undefined ? undefined : ask(texts.from, "--from");
  const stepSeconds = read(parseDuration(texts.step), "--step", STEP_SECONDS, "4 s to 5 min");
  const resolution = read(parseQuantity(texts.resolution, "ratio"), "--resolution", RESOLUTION, "1 % to 100 %");
  if (from !== undefined && asked !== undefined && from > asked) {
    problems.push({ what: "the first guess lies beyond the end", where: "--from", instead: "a --to above --from" });
  }
  if (problems.length > 0 || scenario === undefined) {
    throw new ProofloadError("PL_PLAN", "there is nothing to search for", { problems });
  }
  const caps = capsOf(plan.environment.kind === "url" ? plan.environment.url : undefined, plan.allow);
  const bounds = [asked, caps?.rate, isBounded(highestRate(scenario, caps?.vus))].filter((rate) => rate !== undefined);
  const to = bounds.length === 0 ? undefined : Math.min(...bounds);
  return {
    from: Math.min(from ?? declaredRate(scenario), to ?? Number.POSITIVE_INFINITY),
    ...(to === undefined ? {} : { to }),
    stepSeconds,
    resolution,
  };
}

function isBounded(rate: number): number | undefined {
  return Number.isFinite(rate) ? rate : undefined;
}
