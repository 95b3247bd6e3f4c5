import type { Configuration, RequirementRow, TargetDefinition } from "./definition.ts";

/** What a configuration says about one promise. */
export type CoverageStatus = "judged" | "judged in part" | "shown" | "not measured";

export interface CoverageRow {
  readonly id: string;
  readonly target: string;
  readonly promise: string;
  readonly measuredBy: string;
  readonly status: CoverageStatus;
  /** The budgets that carry the id, as the user wrote them, with where they are judged. */
  readonly budgets: readonly string[];
  readonly notMeasured?: string;
}

/**
 * docs/coverage.md: every promise of every target, one row each, so that a promise without a measurement shows as a
 * hole. Generated from the definitions alone; a test compares the file with this text.
 */
export function coverage(configuration: Configuration): string {
  const rows = coverageRows(configuration);
  const count = (status: CoverageStatus) => rows.filter((row) => row.status === status).length;
  const parts = configuration.targets.flatMap((target) => [
    `## ${target.title}`,
    "",
    `Target \`${target.name}\`, from: ${target.specification}.`,
    "",
    "| id | promise | measured by | status |",
    "|---|---|---|---|",
    ...rows.filter((row) => row.target === target.name).map(tableRow),
    "",
  ]);
  return [
    "# What is measured, promise by promise",
    "",
    "Generated from the target definitions; do not edit. *Judged*: a budget carries the promise, and a run that breaks it",
    "fails. *Shown*: the figure is in the report and nothing is promised about it, or something other than load proves it.",
    "*Not measured*: nothing here shows it yet, and why.",
    "",
    `${rows.length} promises: ${count("judged")} judged, ${count("judged in part")} judged in part, ${count("shown")} shown, ${count("not measured")} not measured.`,
    "",
    ...parts,
  ].join("\n");
}

/** One row for each requirement, in the order of the targets. */
export function coverageRows(configuration: Configuration): CoverageRow[] {
  const judged = budgetsById(configuration.targets);
  return configuration.targets.flatMap((target) =>
    target.requirements.map((requirement) => {
      const budgets = judged.get(requirement.id) ?? [];
      return { ...requirement, target: target.name, status: statusOf(requirement, budgets.length > 0), budgets };
    }),
  );
}

function statusOf(requirement: RequirementRow, hasBudget: boolean): CoverageStatus {
  if (requirement.notMeasured !== undefined) {
    return hasBudget ? "judged in part" : "not measured";
  }
  return hasBudget ? "judged" : "shown";
}

/** Budgets that some scenario or micro-benchmark really judges: those of a class count once an endpoint of that class is called. */
function budgetsById(targets: readonly TargetDefinition[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (source: string, limit: string) => {
    const known = found.get(source) ?? [];
    if (!known.includes(limit)) {
      found.set(source, [...known, limit]);
    }
  };
  for (const target of targets) {
    for (const scenario of Object.values(target.scenarios)) {
      for (const name of Object.values(scenario.streams).flatMap((stream) => Object.keys(stream.calls))) {
        const endpoint = target.endpoints[name];
        const ofClass = endpoint === undefined ? [] : (target.classes[endpoint.class]?.budgets ?? []);
        for (const { source, limit } of [...ofClass, ...(endpoint?.budgets ?? [])]) {
          add(source, limit);
        }
      }
      for (const { source, limit } of scenario.budgets) {
        add(source, limit);
      }
    }
    for (const { source, limit } of Object.values(target.micro ?? {}).flatMap((micro) => micro.budgets)) {
      add(source, limit);
    }
  }
  return found;
}

function tableRow(row: CoverageRow): string {
  const limits = row.budgets.map((limit) => `\`${limit}\``).join(", ");
  const status = {
    judged: `judged: ${limits}`,
    "judged in part": `judged in part: ${limits}; not yet: ${row.notMeasured}`,
    shown: "shown",
    "not measured": `**not measured**: ${row.notMeasured}`,
  }[row.status];
  return `| ${[row.id, row.promise, row.measuredBy, status].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
