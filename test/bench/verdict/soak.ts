import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planRun } from "../../../harness/commands/plan-request.ts";
import type { Host } from "../../../harness/host.ts";
import type { Plan } from "../../../harness/plan/plan.ts";
import { prove } from "../../../harness/prove.ts";
import type { BudgetVerdict, VerdictKind } from "../../../harness/verdict/verdict.ts";
import { proofloadVersion } from "../../../harness/version.ts";
import { attempts, SHARE_HOST } from "./attempts.ts";
import type { VerdictPart } from "./part.ts";

const SECONDS = 180;
const LEAK_BYTES = 1024;
const HEALTHY_SOAKS = 5;
/** Provisioning, calibration, warm-up, and the record afterwards. */
const AROUND_SECONDS = 60;
const LONGEST_SECONDS = 2 * (SECONDS + AROUND_SECONDS);
/** One that says nothing, because the machine was not quiet, is made again, but not for ever. */
const MOST_SOAKS = 2 * (1 + HEALTHY_SOAKS);

interface Soak {
  readonly leakBytes: number;
  readonly kind: VerdictKind;
  /** Of service_live_heap, in MB an hour. */
  readonly slope: { readonly lower: number; readonly upper: number } | undefined;
  /** Budgets on slopes that failed. */
  readonly grew: readonly string[];
  readonly sentence: string;
}

/** The project's own `soak` for three minutes: with 1 KiB kept of every request, and five times without. */
export const soak: VerdictPart<Soak> = {
  title: "leaks in a soak of 3 minutes at 200 requests/s",
  settings: { seconds: SECONDS, leakBytes: LEAK_BYTES, healthySoaks: HEALTHY_SOAKS },
  async run(study, bench) {
    const attempt = attempts(bench, LONGEST_SECONDS);
    while (study.results.length < MOST_SOAKS) {
      const [leakBytes] = toDo(study.results);
      const end = Date.now() + (SECONDS + AROUND_SECONDS) * 1000;
      if (leakBytes === undefined || bench.signal.aborted || end > bench.until) return;
      const what = leakBytes > 0 ? `${leakBytes} bytes kept of every request` : "nothing kept";
      bench.note(what);
      const soaked = await attempt(what, (host) => soakOnce(leakBytes, host));
      if (soaked === undefined) continue;
      bench.note(soaked.sentence);
      await study.append(soaked);
    }
  },
  left: (results) => toDo(results).length,
  summary(results) {
    const judged = results.filter(says);
    const leaking = judged.filter(({ leakBytes }) => leakBytes > 0);
    const healthy = judged.filter(({ leakBytes }) => leakBytes === 0);
    const found = leaking.filter(({ kind, grew }) => kind === "FAIL" && grew.length > 0).length;
    const alarms = healthy.filter(({ grew }) => grew.length > 0).length;
    const unsound = results.length - judged.length;
    return {
      lines: [
        {
          text: `leak of ${LEAK_BYTES} bytes a request found in ${found} of ${leaking.length} soaks (${slopes(leaking)})`,
          limit: "every one",
          ...(leaking.length === 0 ? {} : { ok: found === leaking.length }),
        },
        {
          text: `false alarms without it: ${alarms} of ${healthy.length} (${slopes(healthy)})`,
          limit: `0 of ${HEALTHY_SOAKS}`,
          ...(healthy.length < HEALTHY_SOAKS && alarms === 0 ? {} : { ok: alarms === 0 }),
        },
        { text: `soaks that say nothing, since the instrument was not sound or there was no slope: ${unsound}` },
      ],
      json: { leaksFound: found, leaks: leaking.length, falseAlarms: alarms, healthy: healthy.length, unsound },
    };
  },
};

/** Neither is no slope no alarm, nor one of an instrument that was not sound. */
function says({ kind, slope }: Soak): boolean {
  return kind !== "INVALID" && slope !== undefined;
}

/** The leak first, so that a study that is stopped has both. */
function toDo(results: readonly Soak[]): number[] {
  const all = [LEAK_BYTES, ...new Array<number>(HEALTHY_SOAKS).fill(0)];
  for (const { leakBytes } of results.filter(says)) {
    const at = all.indexOf(leakBytes);
    if (at !== -1) all.splice(at, 1);
  }
  return all;
}

async function soakOnce(leakBytes: number, host: Host): Promise<Soak> {
  const work = await mkdtemp(join(tmpdir(), "proofload-soak-"));
  try {
    const { plan, configDirectory } = await planRun(host, {
      what: ["soak"],
      config: join(import.meta.dirname, "..", "..", "..", "proofload.config.ts"),
      env: "embedded",
      "scale-profile": false,
      budget: [],
      setting: leakBytes > 0 ? [`LEAK_BYTES=${leakBytes}`] : [],
    });
    const { verdict } = await prove(lasting(plan, SECONDS), host, {
      runsDirectory: work,
      configDirectory,
      shareHost: SHARE_HOST,
      proofloadVersion: proofloadVersion(),
      onProgress: () => {},
    });
    const budgets = verdict.scenarios[0]?.budgets.filter(({ budget }) => budget.statistic === "slope") ?? [];
    return {
      leakBytes,
      kind: verdict.kind,
      slope: slopeOf(budgets),
      grew: budgets.filter(({ kind }) => kind === "FAIL").map(({ budget }) => budget.metric),
      sentence: verdict.sentence,
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function slopeOf(budgets: readonly BudgetVerdict[]): Soak["slope"] {
  const measured = budgets.find(({ budget }) => budget.metric === "service_live_heap")?.measured;
  return measured === undefined || "value" in measured
    ? undefined
    : { lower: measured.lower / 1024 ** 2, upper: measured.upper / 1024 ** 2 };
}

function slopes(results: readonly Soak[]): string {
  const shown = results.map(({ slope }) =>
    slope === undefined ? "no slope" : `${Math.round(slope.lower)} to ${Math.round(slope.upper)}`,
  );
  return shown.length === 0 ? "none measured" : `MB/h: ${shown.join(", ")}`;
}

/** The same plan, its open loads for as long as this. */
function lasting(plan: Plan, seconds: number): Plan {
  return {
    ...plan,
    scenarios: plan.scenarios.map((scenario) => ({
      ...scenario,
      measuredSeconds: seconds,
      streams: scenario.streams.map((stream) =>
        stream.measured.model === "open" ? { ...stream, measured: { ...stream.measured, seconds } } : stream,
      ),
    })),
  };
}
