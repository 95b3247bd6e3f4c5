import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AbLoad, Pair, SideName } from "../collect/ab-record.ts";
import type { CounterReading, Counters } from "../environment/counters.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { prepareProfiler, SAMPLE_NS, type ServiceProfiler } from "../profile/service-profiler.ts";
import type { Explanation } from "../report/ab/explanation.ts";
import { changedStatements } from "../report/ab/statement-difference.ts";
import { changedFunctions, differenceOf } from "../report/flamegraph/profile-difference.ts";
import { cpuFrames, type Frame, togetherOf } from "../report/flamegraph/profile-frames.ts";
import { renderDifference } from "../report/flamegraph/render-flamegraph.ts";
import type { AbFigureVerdict, AbVerdict } from "../verdict/ab/ab-verdict.ts";
import type { AbProgress } from "./ab-progress.ts";
import { drawn } from "./drawn.ts";
import { measurePairs } from "./measure-pairs.ts";
import type { Rig } from "./rig.ts";
import { warmUp } from "./warm-up.ts";

const SIDES = ["base", "head"] as const;
/** In intervals between two samples. */
const LATE = 4;
const FLAMEGRAPH = "difference.svg";

/**
 * One start more for a regression, under the profiler and with the statements of the databases counted: what do the two
 * sides do differently? Writes `explanation/` into the folder of the comparison. Called while both stacks are up.
 * Undefined where nothing regressed, where there is nothing here to look into, and where it failed, which is said: the
 * verdict stands without it. @throws the signal's reason alone.
 */
export async function explainRegression(
  verdict: AbVerdict,
  load: AbLoad,
  rig: Rig,
  onProgress: (progress: AbProgress) => void,
): Promise<Explanation | undefined> {
  const isRegressed = verdict.figures.some(({ gated, kind }) => gated && kind === "REGRESSED");
  if (!isRegressed || SIDES.every((side) => rig.stacks[side].kind === "url")) return undefined;
  onProgress({ kind: "step", text: "one start more, under the profiler: where does it come from?" });
  try {
    return await explain(verdict, load, rig);
  } catch (error) {
    rig.host.interrupted.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    onProgress({ kind: "note", text: `the regression could not be looked into: ${why}` });
    return undefined;
  }
}

/** Its figures are compared with nothing. The endpoint that got worst decides which streams are driven. */
async function explain(verdict: AbVerdict, load: AbLoad, rig: Rig): Promise<Explanation> {
  const { plan, stacks } = rig;
  const directory = join(rig.directory, "explanation");
  await mkdir(directory, { recursive: true });
  const endpoint = worstEndpoint(verdict.figures, plan.scenario);
  const scenario = narrowed(plan.scenario, endpoint);
  const only: Rig = { ...rig, plan: { ...plan, scenario }, directory };
  const profilers = await profilersOf(only);
  await Promise.all(
    SIDES.map(async (side) => {
      const logDirectory = join(directory, side);
      await mkdir(logDirectory, { recursive: true });
      const settings = profilers?.[side].settings ?? scenario.settings;
      await stacks[side].reset({ settings, logDirectory });
    }),
  );
  const seed = Math.floor(drawn(plan.seed, plan.rules.mostStarts, 7) * 2 ** 31);
  const warm = await warmUp(only, { directory: join(directory, "warm-up"), sides: SIDES, seed }, load, () => {});

  await using counters = await openBoth(only);
  const before = await counters.read();
  await Promise.all(SIDES.map((side) => profilers?.[side].start()));
  const at = { directory: join(directory, "measured"), sides: SIDES, seed: seed + 1, setup: warm.setup };
  const pairs = await measurePairs(only, at, load);
  const profiles = { base: await profilers?.base.stop(), head: await profilers?.head.stop() };
  const after = await counters.read();

  const requests = { base: Math.max(1, pairs.requests.base.sent), head: Math.max(1, pairs.requests.head.sent) };
  const explained = {
    ...(await functionsOf(profiles, requests, directory)),
    ...statementsOf(before, after, requests),
  };
  const explanation: Explanation = {
    schema: "proofload/ab-explanation/1",
    runId: plan.runId,
    ...(endpoint === undefined ? {} : { endpoint }),
    streams: scenario.streams.map(({ name }) => name),
    requests,
    ...explained,
    notes: [
      ...(explained.functions === undefined ? [`no profile: ${whyNoProfile(rig)}`] : []),
      ...(explained.statements === undefined ? ["no SQL statements: there is no Postgres that could be asked"] : []),
    ],
  };
  await writeFile(join(directory, "explanation.json"), `${JSON.stringify(explanation, undefined, 2)}\n`);
  return explanation;
}

/** The endpoint whose median grew most surely; of the class that did, where endpoints alone say nothing. */
function worstEndpoint(figures: readonly AbFigureVerdict[], scenario: ScenarioPlan): string | undefined {
  const byGrowth = figures
    .filter(({ metric, statistic }) => metric === "latency" && statistic === "p50")
    .toSorted((a, b) => (b.estimate?.interval.lower ?? 0) - (a.estimate?.interval.lower ?? 0));
  const worstOf = (kind: "endpoint" | "class") =>
    byGrowth.find(({ subject, estimate }) => subject.kind === kind && (estimate?.interval.lower ?? 0) > 1)?.subject
      .name;
  const worstClass = worstOf("class");
  return worstOf("endpoint") ?? scenario.endpoints.find((endpoint) => endpoint.class === worstClass)?.name;
}

function narrowed(scenario: ScenarioPlan, endpoint: string | undefined): ScenarioPlan {
  const streams = scenario.streams.filter(({ calls }) => endpoint !== undefined && endpoint in calls);
  return streams.length === 0 ? scenario : { ...scenario, streams };
}

async function profilersOf({ plan, stacks, directory }: Rig): Promise<Pair<ServiceProfiler> | undefined> {
  const { service, scenario } = plan;
  if (service === undefined || SIDES.some((side) => stacks[side].kind !== "embedded")) return undefined;
  const prepare = (side: SideName) =>
    prepareProfiler(join(directory, side, "profiles"), {
      environment: stacks[side],
      service,
      settings: scenario.settings,
    });
  return { base: await prepare("base"), head: await prepare("head") };
}

function whyNoProfile({ stacks }: Rig): string {
  return SIDES.some((side) => stacks[side].kind !== "embedded")
    ? "services are profiled in the embedded environment alone"
    : "no Node process of the service wrote one";
}

/** Connections to the databases of both sides, opened before anything is counted. */
async function openBoth({ stacks }: Rig) {
  await using opened = new AsyncDisposableStack();
  const open = async (side: SideName): Promise<Counters | undefined> => {
    const counters = await stacks[side].openCounters?.();
    return counters === undefined ? undefined : opened.use(counters);
  };
  const both = { base: await open("base"), head: await open("head") };
  const kept = opened.move();
  return {
    read: async (): Promise<Pair<CounterReading | undefined>> => ({
      base: await both.base?.read(),
      head: await both.head?.read(),
    }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function functionsOf(
  profiles: Pair<readonly unknown[] | undefined>,
  requests: Pair<number>,
  directory: string,
): Promise<Pick<Explanation, "functions" | "flamegraph">> {
  const frames = (side: SideName): Frame =>
    togetherOf((profiles[side] ?? []).map((profile) => cpuFrames(profile, LATE * SAMPLE_NS)));
  if (SIDES.some((side) => (profiles[side]?.length ?? 0) === 0)) return {};
  const base = { frames: frames("base"), requests: requests.base };
  const head = { frames: frames("head"), requests: requests.head };
  await writeFile(join(directory, FLAMEGRAPH), renderDifference(differenceOf(base, head), "ns"));
  return { functions: changedFunctions(base, head, SAMPLE_NS), flamegraph: `explanation/${FLAMEGRAPH}` };
}

function statementsOf(
  before: Pair<CounterReading | undefined>,
  after: Pair<CounterReading | undefined>,
  requests: Pair<number>,
): Pick<Explanation, "statements"> {
  const sideOf = (side: SideName) => {
    const [from, to] = [before[side]?.statements, after[side]?.statements];
    if (from === undefined || to === undefined) return undefined;
    const statements = to.map((one) => {
      const { calls = 0, rows = 0, totalMs = 0 } = from.find(({ id }) => id === one.id) ?? {};
      return { ...one, calls: one.calls - calls, rows: one.rows - rows, totalMs: one.totalMs - totalMs };
    });
    return { statements, requests: requests[side] };
  };
  const [base, head] = [sideOf("base"), sideOf("head")];
  return base === undefined || head === undefined ? {} : { statements: changedStatements(base, head) };
}
