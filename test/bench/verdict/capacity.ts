import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { searchOf } from "../../../harness/commands/capacity-search.ts";
import { runIdAt } from "../../../harness/commands/run-id.ts";
import type { Host } from "../../../harness/host.ts";
import type { Configuration, ServiceDefinition } from "../../../harness/plan/definition.ts";
import { readPlan } from "../../../harness/plan/read-plan.ts";
import { proveCapacity } from "../../../harness/prove-capacity.ts";
import { stepLineOf } from "../../../harness/report/capacity/terminal.ts";
import type { VerdictKind } from "../../../harness/verdict/verdict.ts";
import { proofloadVersion } from "../../../harness/version.ts";
import configuration from "../../../proofload.config.ts";
import { makeCpuGroup } from "../../demo/starve.ts";
import { attempts, SHARE_HOST } from "./attempts.ts";
import type { SummaryLine, VerdictPart } from "./part.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const SCENARIO = "crud";
const MOST_MINUTES = 6;
/** Then it hangs: all steps that a search may make take less. */
const LONGEST_SECONDS = 1200;
const STEP_SECONDS = 15;

/** What the service is held to, by means that the harness is not told of. */
interface Case {
  readonly name: "half a CPU" | "a quarter of a CPU" | "a pool of two";
  readonly repeats: number;
  readonly cpus?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

const CASES: readonly Case[] = [
  { name: "half a CPU", repeats: 2, cpus: 0.5 },
  { name: "a quarter of a CPU", repeats: 1, cpus: 0.25 },
  { name: "a pool of two", repeats: 1, environment: { POOL_MIN: "1", POOL_MAX: "2" } },
];
/** A search that a noisy machine ended is made again, but not for ever. */
const ATTEMPTS = 2;

interface Found {
  readonly name: Case["name"];
  readonly kind: VerdictKind;
  readonly sentence: string;
  readonly held?: number;
  readonly failed?: number;
  readonly limitedBy?: string;
  readonly evidence?: string;
  /** What each resource was used for where the service failed last. */
  readonly resources: readonly string[];
  readonly steps: number;
  /** From the first process to the answer. */
  readonly seconds: number;
}

export const capacity: VerdictPart<Found> = {
  title: `the mixed scenario ${SCENARIO} with a service that is held back from outside`,
  settings: { scenario: SCENARIO, stepSeconds: STEP_SECONDS },
  left: (results) => todo(results).length,
  async run(study, bench) {
    const { until, note, signal } = bench;
    const attempt = attempts(bench, LONGEST_SECONDS);
    const tries = new Map<Case, number>();
    for (;;) {
      const next = todo(study.results).find((one) => (tries.get(one) ?? 0) < ATTEMPTS * one.repeats);
      if (next === undefined || Date.now() > until || signal.aborted) return;
      tries.set(next, (tries.get(next) ?? 0) + 1);
      note(`${next.name}: searching`);
      const found = await attempt(next.name, (host) => search(next, host, note));
      if (found !== undefined) await study.append(found);
    }
  },
  summary(results) {
    const lines = [...overlap(results), ...quarter(results), ...pool(results), ...minutes(results)];
    return { lines, json: { results } };
  },
};

function answers(results: readonly Found[], name: Case["name"]): readonly Found[] {
  return results.filter((found) => found.name === name && found.held !== undefined);
}

/** One entry for each search that is still to be made. */
function todo(results: readonly Found[]): Case[] {
  return CASES.flatMap((one) =>
    Array.from({ length: Math.max(0, one.repeats - answers(results, one.name).length) }, () => one),
  );
}

async function search(one: Case, host: Host, note: (text: string) => void): Promise<Found> {
  const name = `proofload-bench-${process.pid}-${host.now()}`;
  const group = one.cpus === undefined ? undefined : makeCpuGroup(name, one.cpus);
  await using _ = group;
  if (one.cpus !== undefined && group === undefined) {
    throw new Error("this needs a control group with a CPU quota: run it as root, or where a group is delegated");
  }
  const directory = await mkdtemp(join(tmpdir(), "proofload-bench-capacity-"));
  try {
    const plan = readPlan(heldBack(configuration, one, group?.folder), {
      what: [SCENARIO],
      runId: runIdAt(host.now(), `capacity-${SCENARIO}`),
      createdAt: new Date(host.now()).toISOString(),
      environment: { kind: "embedded" },
      resolvePath: (path) => join(ROOT, path),
    });
    const started = host.now();
    const { record, verdict } = await proveCapacity(plan, host, {
      directory,
      configDirectory: ROOT,
      shareHost: SHARE_HOST,
      proofloadVersion: proofloadVersion(),
      search: searchOf(plan, { step: `${STEP_SECONDS}s`, resolution: "5%" }),
      onProgress: (event) => {
        if (event.kind === "done") note(stepLineOf(event.step));
      },
    });
    note(verdict.sentence);
    const { held, failed, limitedBy } = verdict.capacity ?? {};
    return {
      name: one.name,
      kind: verdict.kind,
      sentence: verdict.sentence,
      ...(held === undefined ? {} : { held }),
      ...(failed === undefined ? {} : { failed }),
      ...(limitedBy === undefined ? {} : { limitedBy: limitedBy.resource, evidence: limitedBy.evidence }),
      resources: (record.steps.findLast(({ outcome }) => outcome === "failed")?.resources ?? []).map(
        ({ evidence }) => evidence,
      ),
      steps: record.steps.length,
      seconds: (host.now() - started) / 1000,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A service that goes into the group by itself, before it is Node: for the harness it is a command like any other. */
function heldBack(whole: Configuration, one: Case, folder: string | undefined): Configuration {
  const held = (service: ServiceDefinition): ServiceDefinition => ({
    ...service,
    environment: { ...service.environment, ...one.environment },
    ...(folder === undefined
      ? {}
      : {
          command: [
            "/bin/sh",
            "-c",
            'echo $$ > "$0" && exec "$@"',
            `${folder}/cgroup.procs`,
            ...service.command.map((word) => (word === "node" ? process.execPath : word)),
          ],
        }),
  });
  return { ...whole, targets: whole.targets.map((target) => ({ ...target, service: held(target.service) })) };
}

function rates({ held = 0, failed }: Found): string {
  return `${held}–${failed ?? "∞"}/s`;
}

function overlap(results: readonly Found[]): SummaryLine[] {
  const [first, second] = answers(results, "half a CPU");
  if (first === undefined || second === undefined) return [];
  const high = Math.min(first.failed ?? Number.POSITIVE_INFINITY, second.failed ?? Number.POSITIVE_INFINITY);
  const ok = Math.max(first.held ?? 0, second.held ?? 0) <= high;
  return [{ text: `at half a CPU ${rates(first)} and ${rates(second)}`, limit: "the intervals overlap", ok }];
}

function quarter(results: readonly Found[]): SummaryLine[] {
  const [half] = answers(results, "half a CPU");
  const [found] = answers(results, "a quarter of a CPU");
  if (half?.held === undefined || found?.held === undefined) return [];
  const ratio = found.held / half.held;
  return [
    {
      text: `at a quarter of a CPU ${rates(found)}, ${ratio.toFixed(2)} of it`,
      limit: "0.4 to 0.6",
      ok: ratio >= 0.4 && ratio <= 0.6,
    },
    named(found, "service CPU quota"),
    named(half, "service CPU quota"),
  ];
}

function pool(results: readonly Found[]): SummaryLine[] {
  const [found] = answers(results, "a pool of two");
  return found === undefined ? [] : [{ text: `with a pool of two ${rates(found)}` }, named(found, "connection pool")];
}

function named(found: Found, resource: string): SummaryLine {
  const text = `${found.name} is named: ${found.limitedBy ?? "nothing"} (${found.evidence ?? ""})`;
  return { text, limit: resource, ok: found.limitedBy === resource };
}

function minutes(results: readonly Found[]): SummaryLine[] {
  const longest = Math.max(0, ...results.map(({ seconds }) => seconds)) / 60;
  const ended = results.filter(({ held }) => held === undefined).length;
  return [
    {
      text: `${results.length} searches took ${longest.toFixed(1)} minutes at most; the machine ended ${ended} of them`,
      limit: `${MOST_MINUTES} minutes`,
      ok: longest <= MOST_MINUTES,
    },
  ];
}
