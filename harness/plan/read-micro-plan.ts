import { type Problem, ProofloadError } from "../errors.ts";
import type { Configuration, MicroDefinition, TargetDefinition } from "./definition.ts";
import { nearest } from "./nearest.ts";
import type { MicroPlan, MicroTiming, Plan } from "./plan.ts";
import { readBudgets } from "./read-budgets.ts";

export interface MicroPlanRequest {
  /** Names of subjects, or parts of names; all subjects where there is none. */
  readonly patterns: readonly string[];
  /** Short rounds, for CI. */
  readonly quick: boolean;
  readonly runId: string;
  readonly createdAt: string;
  /** Makes an absolute path of one that is relative to the configuration file. */
  readonly resolvePath: (path: string) => string;
}

/**
 * Node's flags for every benchmark. A young generation of fixed size: bytes are counted between two collections, so an
 * operation may allocate up to 64 MiB uncollected, and its growth while V8 adapts is in nobody's figures.
 */
export const NODE_FLAGS = ["--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64"] as const;

const QUICK: MicroTiming = { warmupMs: 150, rounds: 8, roundMs: 50, heapRepeats: 9 };
const FULL: MicroTiming = { warmupMs: 500, rounds: 12, roundMs: 250, heapRepeats: 15 };

/** Chooses micro-benchmarks and parses their budgets, or throws one PL_PLAN that lists every problem. Touches nothing. */
export function readMicroPlan(configuration: Configuration, request: MicroPlanRequest): Plan {
  const problems: Problem[] = [];
  const all = configuration.targets.flatMap((target) =>
    Object.entries(target.micro ?? {}).map(([name, definition]) => ({ name, target, definition })),
  );
  const names = all.map(({ name }) => name);
  for (const duplicate of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    problems.push({
      what: `two targets have a micro-benchmark named "${duplicate}"`,
      where: "micro",
      instead: "one name each",
    });
  }
  const wanted = chosen(names, request.patterns, problems);
  const subjects = all.filter(({ name }) => wanted.includes(name));
  const micro = subjects.map((subject) => microPlan(subject, request, problems));
  if (problems.length > 0) {
    const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
    throw new ProofloadError("PL_PLAN", `The plan has ${count}`, { problems });
  }
  const targets = [...new Set(subjects.map(({ target }) => target))];
  return {
    schema: "proofload/plan/1",
    runId: request.runId,
    createdAt: request.createdAt,
    suite: ["micro", ...request.patterns].join(" "),
    environment: { kind: "process" },
    scenarios: [],
    micro,
    requirements: targets.flatMap((target) =>
      target.requirements.map((requirement) => ({ ...requirement, target: target.name })),
    ),
  };
}

/** A whole name means that subject alone; anything else every subject whose name holds it. */
function chosen(names: readonly string[], patterns: readonly string[], problems: Problem[]): readonly string[] {
  if (names.length === 0) {
    problems.push({
      what: "no target of this configuration has micro-benchmarks",
      where: "micro",
      instead: '`micro: { jwt: { title: "…", script: "micro/jwt.bench.ts", budgets: [] } }` in a target',
    });
  }
  if (patterns.length === 0) {
    return names;
  }
  return patterns.flatMap((pattern) => {
    const found = names.includes(pattern) ? [pattern] : names.filter((name) => name.includes(pattern));
    if (found.length === 0 && names.length > 0) {
      problems.push({
        what: `there is no micro-benchmark named "${pattern}"`,
        where: "command line",
        instead: `"${nearest(pattern, names)}"? There are: ${names.join(", ")}`,
      });
    }
    return found;
  });
}

function microPlan(
  { name, target, definition }: { name: string; target: TargetDefinition; definition: MicroDefinition },
  { quick, resolvePath }: MicroPlanRequest,
  problems: Problem[],
): MicroPlan {
  const where = `target "${target.name}", micro-benchmark "${name}": budgets`;
  const budgets = readBudgets(definition.budgets, "micro", where, problems);
  for (const budget of budgets) {
    if (budget.statistic === "exponent" && definition.sweep === undefined) {
      problems.push({
        what: "an exponent needs sizes to be fitted over",
        where: `${where} (${budget.source})`,
        instead: 'sweep: { name: "facts", sizes: [10_000, 100_000, 1_000_000] }',
      });
    }
  }
  return {
    name,
    title: definition.title,
    target: target.name,
    profile: target.profile,
    script: resolvePath(definition.script),
    budgets,
    ...(definition.sweep === undefined ? {} : { sweep: definition.sweep }),
    nodeFlags: [...NODE_FLAGS, ...(definition.nodeFlags ?? [])],
    timing: quick ? QUICK : FULL,
  };
}
