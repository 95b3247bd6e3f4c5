import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adjusted } from "../../../harness/commands/adjustments.ts";
import { runIdAt } from "../../../harness/commands/run-id.ts";
import type { Host } from "../../../harness/host.ts";
import type { Configuration, TargetDefinition } from "../../../harness/plan/definition.ts";
import { readPlan } from "../../../harness/plan/read-plan.ts";
import { prove } from "../../../harness/prove.ts";
import type { VerdictKind } from "../../../harness/verdict/verdict.ts";
import { proofloadVersion } from "../../../harness/version.ts";
import demos from "../../demo/proofload.config.ts";
import { holdToCpu, type Starved, shareCore, stopAndGo } from "../../demo/starve.ts";
import { attempts, SHARE_HOST } from "./attempts.ts";
import type { SummaryLine, VerdictPart } from "./part.ts";

const RUNS = 20;
/** They take about 25. */
const LONGEST_SECONDS = 120;
const DEMOS = join(import.meta.dirname, "..", "..", "demo");

interface Case {
  readonly name: string;
  readonly scenario: "reading" | "too-many-logins";
  readonly settings?: readonly string[];
  /** Holds k6 back as soon as it runs. */
  readonly starve?: (pid: number) => Promise<Starved>;
  readonly expected: "INVALID" | "FAIL";
}

const CASES: readonly Case[] = [
  { name: "k6 held to 0.1 CPU", scenario: "reading", starve: (pid) => holdToCpu(pid, 0.1), expected: "INVALID" },
  { name: "a busy process on k6's core", scenario: "reading", starve: (pid) => shareCore(pid, 0), expected: "INVALID" },
  {
    name: "k6 stopped for 100 ms in every second",
    scenario: "reading",
    starve: (pid) => stopAndGo(pid, 100, 1000),
    expected: "INVALID",
  },
  { name: "one process saturated", scenario: "reading", settings: ["EXTRA_CPU_MS=10"], expected: "FAIL" },
  { name: "all cores saturated", scenario: "too-many-logins", expected: "FAIL" },
  { name: "every answer 300 ms slower", scenario: "reading", settings: ["EXTRA_DELAY_MS=300"], expected: "FAIL" },
];

interface Ran {
  readonly name: string;
  readonly kind: VerdictKind;
  /** Of the reasons for this verdict, with the sentence of the first. */
  readonly codes: readonly string[];
  readonly sentence: string;
  readonly seconds: number;
}

/** Is a starved generator always INVALID, and a saturated service never? Twenty short runs each, through `prove`. */
export const validity: VerdictPart<Ran> = {
  title: "starved generators and saturated services",
  settings: { runs: RUNS },
  left: (results) => CASES.reduce((sum, one) => sum + leftOf(one, results), 0),
  async run(study, bench) {
    const { until, note, signal } = bench;
    const attempt = attempts(bench, LONGEST_SECONDS);
    for (;;) {
      // In turns, so that a study that is stopped early knows something of each.
      const next = CASES.toSorted((a, b) => leftOf(b, study.results) - leftOf(a, study.results))[0];
      if (next === undefined || leftOf(next, study.results) === 0 || Date.now() > until || signal.aborted) return;
      const ran = await attempt(next.name, (host) => runOnce(next, host));
      if (ran === undefined) continue;
      note(
        `${next.name}: ${ran.kind} after ${Math.round(ran.seconds)} s${ran.kind === next.expected ? "" : `, expected ${next.expected}: ${ran.sentence}`}`,
      );
      await study.append(ran);
    }
  },
  summary: (results) => ({
    lines: CASES.flatMap((one) => lineOf(one, results)),
    json: Object.fromEntries(CASES.map((one) => [one.name, countsOf(one, results)])),
  }),
};

function leftOf({ name }: Case, results: readonly Ran[]): number {
  return Math.max(0, RUNS - results.filter((ran) => ran.name === name).length);
}

function countsOf({ name }: Case, results: readonly Ran[]): Record<VerdictKind | "runs", number> {
  const mine = results.filter((ran) => ran.name === name);
  const count = (kind: VerdictKind) => mine.filter((ran) => ran.kind === kind).length;
  return {
    runs: mine.length,
    PASS: count("PASS"),
    FAIL: count("FAIL"),
    INCONCLUSIVE: count("INCONCLUSIVE"),
    INVALID: count("INVALID"),
  };
}

function lineOf(one: Case, results: readonly Ran[]): SummaryLine[] {
  const counts = countsOf(one, results);
  if (counts.runs === 0) return [];
  const wrong = results.filter((ran) => ran.name === one.name && ran.kind !== one.expected);
  const why = wrong.length === 0 ? "" : `; otherwise ${[...new Set(wrong.flatMap(({ codes }) => codes))].join(", ")}`;
  return [
    {
      text: `${one.name}: ${one.expected} ${counts[one.expected]} of ${counts.runs}${why}`,
      limit: one.expected === "INVALID" ? "INVALID every time" : "FAIL every time, never INVALID",
      ...(wrong.length === 0 && counts.runs < RUNS ? {} : { ok: wrong.length === 0 }),
    },
  ];
}

async function runOnce(one: Case, host: Host): Promise<Ran> {
  const directory = await mkdtemp(join(tmpdir(), "proofload-bench-validity-"));
  const held: Promise<Starved>[] = [];
  const started = host.now();
  try {
    const plan = readPlan(small(demos), {
      what: [one.scenario],
      runId: runIdAt(started, one.scenario),
      createdAt: new Date(started).toISOString(),
      environment: { kind: "embedded" },
      resolvePath: (path) => join(DEMOS, path),
    });
    const { verdict } = await prove(adjusted(plan, { budget: [], setting: one.settings ?? [] }), host, {
      runsDirectory: directory,
      configDirectory: DEMOS,
      shareHost: SHARE_HOST,
      proofloadVersion: proofloadVersion(),
      onProgress: () => {},
      onK6: (pid) => {
        const starved = one.starve?.(pid);
        if (starved === undefined) return;
        // Told below: until then nobody waits for it.
        starved.catch(() => {});
        held.push(starved);
      },
    });
    // A k6 that was not held back shows nothing.
    await Promise.all(held);
    const reasons = verdict.scenarios
      .flatMap((scenario) => scenario.reasons)
      .filter(({ kind }) => kind === verdict.kind);
    const seconds = (host.now() - started) / 1000;
    const codes = [...new Set(reasons.map(({ code }) => code))];
    return { name: one.name, kind: verdict.kind, codes, sentence: verdict.sentence, seconds };
  } finally {
    for (const starved of await Promise.allSettled(held)) {
      if (starved.status === "fulfilled") await starved.value[Symbol.asyncDispose]();
    }
    await rm(directory, { recursive: true, force: true });
  }
}

/** The demos on a data set that is seeded in a second: what they load does not depend on its size. */
function small(whole: Configuration): Configuration {
  const sizes = { users: 40, projectsPerUser: 2, specsPerProject: 2, memoriesPerUser: 2, templates: 50 };
  const seeds = {
    SEED_USERS: "40",
    SEED_PROJECTS_PER_USER: "2",
    SEED_SPECS_PER_PROJECT: "2",
    SEED_MEMORIES_PER_USER: "2",
    SEED_TEMPLATES: "50",
  };
  const shrunk = (target: TargetDefinition): TargetDefinition => ({
    ...target,
    data: { ...target.data, ...sizes },
    service: { ...target.service, environment: { ...target.service.environment, ...seeds } },
  });
  return { ...whole, targets: whole.targets.map(shrunk) };
}
