import { setTimeout as sleep } from "node:timers/promises";
import { parseCpuset } from "../../plan/cpuset.ts";
import type { PartLimits } from "../../plan/profile.ts";
import { cpuCounters } from "../cgroup.ts";
import type { LimitProof, Part, PartName } from "../environment.ts";
import { readText } from "../read-text.ts";
import type { Docker } from "./engine.ts";
import { memoryIsRefused } from "./memory-probe.ts";
import { readCounters } from "./usage.ts";

export interface ProofOptions {
  readonly docker: Docker;
  readonly parts: readonly Part[];
  readonly limits: Readonly<Record<PartName, PartLimits>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const BURN_SECONDS = 3;
/** From the start of the burning until it is looked at, and how often. */
const SETTLE_MS = 300;
const LOOK_EVERY_MS = 50;
/** Left to everybody else while parts burn side by side. */
const SPARE_CORES = 0.5;
/** More busy loops than the quota has cores; they end by themselves, even when we are gone. */
const BURN = `
pids=
i=0
while [ $i -lt "$1" ]; do
  (while :; do :; done) &
  pids="$pids $!"
  i=$((i + 1))
done
sleep ${BURN_SECONDS}
kill $pids
`;

/**
 * Tries the limits of running parts, without load: each burns as much CPU as it can for some seconds, side by side where
 * there are cores for it, and memory past a limit is asked for in a container beside them (docs/adr/0006). What cannot be
 * tried is said. @throws the signal's reason.
 */
export async function proveLimits(options: ProofOptions): Promise<readonly LimitProof[]> {
  const tried = options.parts.flatMap(({ containerId, ...part }) =>
    containerId === undefined ? [] : [{ ...part, containerId }],
  );
  const refused = await memoryIsRefused(options);
  const proofs: LimitProof[] = [];
  for (const group of sideBySide(tried, options.limits)) {
    options.signal.throwIfAborted();
    proofs.push(...(await Promise.all(group.map((part) => proofOf(part, refused, options)))));
  }
  return proofs;
}

type Contained = Part & { readonly containerId: string };

async function proofOf(part: Contained, refused: boolean | string, options: ProofOptions): Promise<LimitProof> {
  const quota = options.limits[part.name].cpus;
  const burnt = await burn(part, quota, options);
  const memory = await readCounters(options.docker, part.containerId);
  const limitBytes = memory?.usage.memoryLimitBytes;
  const cores = part.pid === undefined ? undefined : coresOf(part.pid);
  const missing = [burnt, refused].filter((found) => typeof found === "string");
  return {
    part: part.name,
    ...(typeof burnt === "string" ? {} : { cpu: { quota, ...burnt, ...(cores === undefined ? {} : { cores }) } }),
    ...(typeof refused === "string" || limitBytes === undefined ? {} : { memory: { limitBytes, refused } }),
    ...(missing.length === 0 ? {} : { notTried: missing.join("; ") }),
  };
}

interface Burnt {
  readonly used: number;
  readonly periods: number;
  readonly throttledPeriods: number;
}

/** What it used, in cores; a sentence where it could not be tried. */
async function burn({ containerId, pid }: Contained, quota: number, options: ProofOptions): Promise<Burnt | string> {
  const { docker, signal } = options;
  const noShell = "its image has no shell, so that its CPU limit was not tried";
  try {
    const exec = await docker.getContainer(containerId).exec({
      Cmd: ["/bin/sh", "-c", BURN, "burn", String(Math.ceil(quota) + 1)],
      AttachStdout: false,
      AttachStderr: false,
    });
    // An answer that nobody reads would keep its connection, and the harness, open for ever.
    (await exec.start({ Detach: true })).destroy();
    await sleep(SETTLE_MS, undefined, { signal });
    if (!(await exec.inspect()).Running) return noShell;
  } catch {
    signal.throwIfAborted();
    return noShell;
  }
  const looks: Look[] = [];
  const until = performance.now() + BURN_SECONDS * 1000 - 2 * SETTLE_MS;
  while (performance.now() < until) {
    const look = (pid === undefined ? undefined : kernelLook(pid)) ?? (await engineLook(docker, containerId));
    if (look !== undefined) looks.push(look);
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  await sleep(2 * SETTLE_MS, undefined, { signal }); // the next group shall find the cores free
  const [first] = looks;
  const last = looks.at(-1);
  if (first === undefined || last === undefined || looks.length < 3) return "the engine did not tell what it used";
  return {
    used: slope(looks.map(({ at, cpuSeconds }) => [at / 1000, cpuSeconds])),
    periods: last.periods - first.periods,
    throttledPeriods: last.throttled - first.throttled,
  };
}

interface Look {
  /** Milliseconds, of one clock for all looks. */
  readonly at: number;
  readonly cpuSeconds: number;
  readonly periods: number;
  readonly throttled: number;
}

/** The group's own counters: at any moment, and at no cost. */
function kernelLook(pid: number): Look | undefined {
  const counters = cpuCounters(pid, readText);
  return counters === undefined ? undefined : { at: performance.now(), ...counters };
}

/** From inside a container we do not see the groups of others; the engine does, once a second. */
async function engineLook(docker: Docker, containerId: string): Promise<Look | undefined> {
  const found = await readCounters(docker, containerId);
  if (found === undefined) return undefined;
  const { cpuSeconds, periods, throttledPeriods } = found.usage;
  return { at: found.at, cpuSeconds, periods, throttled: throttledPeriods };
}

/**
 * By least squares. A quota is used up at the beginning of each period, in steps of up to 100 ms: what lies between two
 * looks alone would be wrong by a step.
 */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point[0]), mean((point) => point[1])];
  const covariance = mean((point) => (point[0] - x) * (point[1] - y));
  return covariance / mean((point) => (point[0] - x) ** 2);
}

/** Groups of parts whose quotas fit beside each other on the cores that they may use. */
function sideBySide<P extends Part>(parts: readonly P[], limits: ProofOptions["limits"]): P[][] {
  const groups: P[][] = [];
  for (const part of parts) {
    const fits = groups.find((group) => {
      const names = [...group, part].map(({ name }) => name);
      const cores = new Set(names.flatMap((name) => idsIn(limits[name].cpuset)));
      return names.reduce((sum, name) => sum + limits[name].cpus, 0) <= cores.size - SPARE_CORES;
    });
    if (fits === undefined) groups.push([part]);
    else fits.push(part);
  }
  return groups;
}

function idsIn(cpuset: string): readonly number[] {
  const parsed = parseCpuset(cpuset);
  return parsed.ok ? parsed.value : [];
}

function coresOf(pid: number): string | undefined {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readText(`/proc/${pid}/status`) ?? "")?.[1];
}
