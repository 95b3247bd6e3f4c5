import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { foreignShare } from "../collect/foreign-share.ts";
import type { BenchRecord, MicroProcess, MicroRecord } from "../collect/micro-record.ts";
import { type CpuTime, parseCpuTimes, parseProcessStatus } from "../collect/proc-text.ts";
import { readText } from "../collect/process-usage.ts";
import { childEnd, describeExit, spawnChild } from "../environment/child.ts";
import type { Guardian } from "../environment/guardian.ts";
import { type Problem, ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { moduleHash, workloadHash } from "../load/workload-hash.ts";
import { nearest } from "../plan/nearest.ts";
import type { MicroPlan } from "../plan/plan.ts";
import { microWorkloadOf } from "../plan/workload.ts";
import type { BenchOrder, BenchResult } from "./bench-process.ts";

export interface Profiles {
  readonly cpu: boolean;
  readonly heap: boolean;
}

export interface SubjectOptions {
  readonly host: Host;
  readonly guardian: Guardian;
  /** The run directory; the subject's folder is made in it. */
  readonly runDirectory: string;
  readonly onStep: (text: string) => void;
}

/**
 * Loads the benchmark file and compares its benches with the plan, so that a misspelt name costs no measurement.
 * Returns the names of all benches, sizes of the sweep included.
 */
export async function checkSubject(
  plan: MicroPlan,
  options: SubjectOptions,
  whose = plan.script,
): Promise<readonly string[]> {
  const { exit, result } = await runProcess(plan, options, "list", { what: "list" });
  const where = `micro-benchmark "${plan.name}"`;
  if (exit.kind === "failed" || result === undefined) {
    const why = exit.kind === "failed" ? [exit.how, ...exit.lastLines].join("\n    ") : "it wrote no result";
    throw new ProofloadError("PL_PLAN", `${whose} cannot be loaded`, { problems: [{ what: why, where }] });
  }
  const problems = problemsOf(plan, result, where);
  if (problems.length > 0) {
    throw new ProofloadError("PL_PLAN", `${whose} is not what its budgets are about`, { problems });
  }
  return [...result.names, ...sizesOf(plan)];
}

function sizesOf({ sweep }: MicroPlan): string[] {
  return sweep === undefined ? [] : sweep.sizes.map((size) => `${sweep.name}/${size}`);
}

function problemsOf(plan: MicroPlan, { names, sweeps }: BenchResult, where: string): Problem[] {
  const known = [...names, ...sizesOf(plan)];
  const problems = plan.budgets.flatMap(({ bench, against, source }) =>
    [bench, against].flatMap((name): Problem[] =>
      name === undefined || known.includes(name)
        ? []
        : [
            {
              what: `there is no bench "${name}"`,
              where: `${where}: budgets (${source})`,
              instead: `"${nearest(name, known)}"? There are: ${known.join(", ")}`,
            },
          ],
    ),
  );
  return [
    ...problems,
    ...(plan.sweep !== undefined && !sweeps
      ? [
          {
            what: "the target declares a sweep, and the file exports none",
            where,
            instead: "export function sweep(size)",
          },
        ]
      : []),
    ...(known.length === 0
      ? [{ what: "there is no bench", where, instead: "export default () => ({ name: () => … })" }]
      : []),
  ];
}

/** Measures one subject: its benches in one process, then each size of its sweep in another. */
export async function measureSubject(
  plan: MicroPlan,
  profiles: Profiles,
  options: SubjectOptions,
): Promise<MicroRecord> {
  const { host } = options;
  const startedAt = host.now();
  const parts: MeasuredPart[] = [];
  for (const point of partsOf(plan)) {
    options.onStep(point === undefined ? plan.title : `${point.name} of size ${point.size}`);
    parts.push(await measurePart(plan, point, options));
  }
  return {
    name: plan.name,
    title: plan.title,
    target: plan.target,
    workload: workloadHash(microWorkloadOf(plan), await moduleHash(plan.script)),
    nodeFlags: plan.nodeFlags,
    startedAt,
    endedAt: host.now(),
    processes: parts.map(({ process }) => process),
    benches: parts.flatMap(({ benches }) => benches),
    profiles: await takeProfiles(plan, profiles, options),
  };
}

type Point = NonNullable<BenchOrder["point"]>;

/** What has a process of its own: the benches (undefined), and every size of the sweep. */
export function partsOf({ sweep }: MicroPlan): readonly (Point | undefined)[] {
  return [undefined, ...(sweep === undefined ? [] : sweep.sizes.map((size) => ({ name: sweep.name, size })))];
}

export interface MeasuredPart {
  readonly process: MicroProcess;
  readonly benches: readonly BenchRecord[];
}

/** One fresh process. */
export async function measurePart(
  plan: MicroPlan,
  point: Point | undefined,
  options: SubjectOptions,
): Promise<MeasuredPart> {
  const name = point === undefined ? "benches" : `${point.name}-${point.size}`;
  const done = await runProcess(plan, options, name, {
    what: "measure",
    ...(point === undefined ? {} : { point }),
  });
  return {
    process: { ...(point === undefined ? {} : { size: point.size }), ...done.facts, exit: done.exit },
    benches: (done.result?.benches ?? []).map((bench) => ({
      ...bench,
      samplesFile: `micro/${plan.name}/samples/${bench.name.replaceAll("/", "-")}.jsonl`,
    })),
  };
}

/** In processes of their own: a profiler takes a tenth of the time that it looks at. */
async function takeProfiles(plan: MicroPlan, profiles: Profiles, options: SubjectOptions): Promise<string[]> {
  const files: string[] = [];
  const directory = join(options.runDirectory, "micro", plan.name);
  for (const [wanted, kind] of [
    [profiles.cpu, "cpu"],
    [profiles.heap, "heap"],
  ] as const) {
    if (wanted) {
      options.onStep(`${kind} profile`);
      const name = `${plan.name}.${kind}profile`;
      const flags = [`--${kind}-prof`, `--${kind}-prof-dir=${directory}`, `--${kind}-prof-name=${name}`];
      const { exit } = await runProcess(plan, options, `${kind}-profile`, { what: "profile" }, flags);
      if (exit.kind === "failed") {
        throw new ProofloadError("PL_START_FAILED", `the ${kind} profile of ${plan.name}: ${exit.how}`, {
          problems: [{ what: exit.lastLines.join("\n    "), where: plan.script }],
        });
      }
      files.push(`micro/${plan.name}/${name}`);
    }
  }
  return files;
}

interface Done {
  readonly exit: MicroProcess["exit"];
  readonly facts: Omit<MicroProcess, "exit" | "size">;
  readonly result: BenchResult | undefined;
}

async function runProcess(
  plan: MicroPlan,
  { host, guardian, runDirectory }: SubjectOptions,
  name: string,
  order: Pick<BenchOrder, "what" | "point">,
  moreFlags: readonly string[] = [],
): Promise<Done> {
  const directory = join(runDirectory, "micro", plan.name);
  await mkdir(directory, { recursive: true });
  const resultFile = join(directory, `${name}.json`);
  const logFile = join(directory, `${name}.log`);
  const whole: BenchOrder = {
    ...order,
    script: plan.script,
    timing: plan.timing,
    resultFile,
    samplesDirectory: join(directory, "samples"),
  };
  const script = fileURLToPath(new URL(import.meta.url.replace(/measure-subject\.([a-z]+)$/, "bench-process.$1")));
  const before = cpuTimes();
  const ownBefore = process.cpuUsage();
  const startedAt = host.now();
  // The user's NODE_OPTIONS would change what is measured.
  const { NODE_OPTIONS: _, ...env } = host.env;
  const child = await spawnChild(
    guardian,
    `micro ${plan.name}`,
    process.execPath,
    [...plan.nodeFlags, ...moreFlags, script, JSON.stringify(whole)],
    // What a benchmark prints (the service's own log, a hundred MB of it) goes nowhere.
    { cwd: directory, env: { ...env, NODE_ENV: "production" }, stderr: "pipe" },
  );
  const log = collected(child.process.stderr);
  const ended = await childEnd(child, host.interrupted);
  const wallSeconds = (host.now() - startedAt) / 1000;
  const lines = await log;
  await writeFile(logFile, lines.map((line) => `${line}\n`).join(""));
  const result = await readResult(resultFile);
  const own = process.cpuUsage(ownBefore);
  const cpuSeconds = result?.process.cpuSeconds ?? 0;
  const cores = parseProcessStatus(readText("/proc/self/status") ?? "").cpus;
  const share = foreignShare(
    cores,
    before,
    cpuTimes(),
    [
      { cpuSeconds, cpus: cores },
      { cpuSeconds: (own.user + own.system) / 1e6, cpus: cores },
    ],
    wallSeconds,
  );
  const failed = ended.code !== 0 || result === undefined;
  return {
    exit: failed
      ? {
          kind: "failed",
          how: `the benchmark ${describeExit(ended)}`,
          lastLines: lines.filter(isTelling).slice(-SHOWN_LINES),
        }
      : { kind: "completed" },
    facts: {
      wallSeconds,
      ...(result?.process ?? { cpuSeconds: 0, idleRssBytes: 0, peakRssBytes: 0, clockNs: 0 }),
      ...(share === undefined ? {} : { foreignShare: share }),
    },
    result,
  };
}

const SHOWN_LINES = 15;
const KEPT_LINES = 1000;

/** Not empty, and no line of a stack inside of Node: neither says what to mend. */
function isTelling(line: string): boolean {
  return line.trim() !== "" && !/^\s+at .*node:/.test(line);
}

/** The last lines that a process writes to its standard error. */
async function collected(stream: Readable | null): Promise<string[]> {
  const lines: string[] = [];
  if (stream !== null) {
    for await (const line of createInterface({ input: stream })) {
      lines.push(line);
      if (lines.length > KEPT_LINES) {
        lines.shift();
      }
    }
  }
  return lines;
}

function cpuTimes(): Map<number, CpuTime> {
  return parseCpuTimes(readText("/proc/stat") ?? "");
}

/** Undefined when the process ended before it wrote one. */
async function readResult(file: string): Promise<BenchResult | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}
