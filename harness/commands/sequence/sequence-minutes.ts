import { resolve } from "node:path";
import type { Host } from "../../host.ts";
import type { Configuration } from "../../plan/definition.ts";
import { readPlan } from "../../plan/read-plan.ts";
import type { SequenceLine } from "../../plan/read-sequence.ts";
import type { SequenceRecord } from "../../verdict/sequence.ts";

/** Provisioning and seeding once, and for each scenario a fresh copy of the data and a started service. */
const START_SECONDS = 20;
const SCENARIO_SECONDS = 5;

/** How long the lines of a sequence take: the last time where there was one, else at most what they ask for. */
export function sequenceText(
  name: string,
  lines: readonly SequenceLine[],
  of: { readonly host: Host; readonly configuration: Configuration; readonly last: SequenceRecord | undefined },
): string {
  const rows = lines.map((line) => {
    const before = of.last?.parts.find((part) => part.line === line.text && part.exitCode !== undefined);
    const asked = askedSeconds(line, of);
    if (before !== undefined) return { line, seconds: before.seconds, how: "as the last time" };
    return { line, seconds: asked, how: asked === undefined ? "not known before it has run once" : "at most" };
  });
  const known = rows.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const open = rows.some(({ seconds }) => seconds === undefined) ? ", and what is not known yet" : "";
  return [
    `${name}: ${lines.length} parts, about ${minutes(known)}${open}`,
    ...rows.map(
      ({ line, seconds, how }) =>
        `  ${(seconds === undefined ? "?" : minutes(seconds)).padStart(8)}  proofload ${line.text}  (${how})`,
    ),
    "",
  ].join("\n");
}

function askedSeconds(
  { words }: SequenceLine,
  { host, configuration }: { readonly host: Host; readonly configuration: Configuration },
): number | undefined {
  const [command, ...rest] = words;
  const option = (name: string, fallback: number) => {
    const at = rest.indexOf(name);
    return at < 0 ? fallback : Number(rest[at + 1]);
  };
  switch (command) {
    case "run": {
      const plan = readPlan(configuration, {
        what: rest.filter((word) => !word.startsWith("-")),
        runId: "planned",
        createdAt: new Date(host.now()).toISOString(),
        environment: { kind: "embedded" },
        resolvePath: (path) => resolve(host.cwd, path),
      });
      return plan.scenarios.reduce(
        (sum, { warmupSeconds, measuredSeconds }) => sum + warmupSeconds + measuredSeconds + SCENARIO_SECONDS,
        START_SECONDS,
      );
    }
    case "ab":
      return 60 * option("--minutes", 10);
    case "aa":
      return 60 * option("--minutes", 3) * option("--verdicts", 5);
    case "trend":
    case "compare":
      return 0;
    default:
      return undefined;
  }
}

function minutes(seconds: number): string {
  return seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
