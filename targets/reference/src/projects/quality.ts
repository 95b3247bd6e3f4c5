import type { ComparedSpec } from "./conflicts.ts";

/** What a complete project says something about. */
const categories = ["goals", "requirements", "constraints", "tech_stack", "quality", "operations", "security"] as const;

const vagueWords = new Set(["fast", "simple", "easy", "good", "nice", "modern", "flexible", "robust", "etc"]);

export interface QualityReport {
  /** 0 to 100. */
  readonly score: number;
  /** 0 to 1: the part of the categories that the specs cover. */
  readonly coverage: number;
  readonly issues: readonly { readonly code: string; readonly message: string; readonly specId?: number }[];
  /** What to work on, the cheapest way to a better score first. */
  readonly paths: readonly { readonly name: string; readonly steps: readonly string[]; readonly cost: number }[];
}

/** Quality control: coverage, vagueness and open conflicts of a project's specs, and the ways on. */
export function judgeQuality(specs: readonly ComparedSpec[], openConflicts: number): QualityReport {
  const covered = new Set(specs.map((spec) => spec.category));
  const missing = categories.filter((category) => !covered.has(category));
  const coverage = (categories.length - missing.length) / categories.length;
  const vague = specs.filter((spec) =>
    spec.value
      .toLowerCase()
      .split(/\W+/)
      .some((word) => vagueWords.has(word)),
  );
  const vagueShare = specs.length === 0 ? 1 : vague.length / specs.length;
  const score = Math.round(100 * (0.6 * coverage + 0.3 * (1 - vagueShare) + 0.1 / (1 + openConflicts)));
  const paths = [
    { name: "resolve conflicts", steps: steps(openConflicts, "resolve an open conflict"), cost: 2 * openConflicts },
    { name: "cover categories", steps: missing.map((name) => `specify ${name}`), cost: 5 * missing.length },
    { name: "sharpen specs", steps: vague.map((spec) => `give ${spec.key} a measure`), cost: 3 * vague.length },
  ].filter((path) => path.cost > 0);
  return {
    score,
    coverage,
    issues: [
      ...missing.map((name) => ({ code: "NOT_COVERED", message: `nothing is specified about ${name}` })),
      ...vague.map((spec) => ({
        code: "VAGUE",
        message: `${spec.key} uses a word without a measure`,
        specId: spec.id,
      })),
    ],
    paths: paths.sort((a, b) => a.cost - b.cost),
  };
}

function steps(count: number, step: string): string[] {
  return Array.from({ length: count }, () => step);
}
