import { join } from "node:path";
import type { LiveFigures } from "./collect/live.ts";
import type { OutOfMemoryRecord, RunRecord, ScenarioRecord } from "./collect/record.ts";
import { createRunDirectory } from "./collect/run-directory.ts";
import { runRecord } from "./collect/run-record.ts";
import { generatorCores } from "./environment/affinity.ts";
import { openGuard } from "./environment/guard.ts";
import { startGuardian } from "./environment/guardian.ts";
import { takeHostLock } from "./environment/host-lock.ts";
import { ProofloadError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { DriveOptions } from "./load/drive.ts";
import { ensureK6, type K6 } from "./load/k6-binary.ts";
import { prepareScript } from "./load/prepare-script.ts";
import { measure } from "./measure.ts";
import { measureCost } from "./measure-cost.ts";
import { layoutOf, openPlanned } from "./open-environment.ts";
import { outOfMemoryOf } from "./out-of-memory.ts";
import { capsOf } from "./plan/allowed-load.ts";
import { countsCost } from "./plan/cost-scenario.ts";
import type { Plan, ScenarioPlan } from "./plan/plan.ts";
import { writeReports } from "./reports.ts";
import { closeBooks, dashboardLink, openStream, sendRunPoints, streamSettings } from "./stream.ts";
import { takeFingerprint } from "./take-fingerprint.ts";
import { judge } from "./verdict/judge.ts";
import type { Verdict } from "./verdict/verdict.ts";

export interface ProveOptions {
  /** Folder that holds the run directories. */
  readonly runsDirectory: string;
  readonly configDirectory: string;
  readonly shareHost: boolean;
  readonly proofloadVersion: string;
  readonly commit?: RunRecord["commit"];
  readonly k6?: K6;
  readonly onProgress: (progress: Progress) => void;
  /** How demos hold k6 back; never used to measure. */
  readonly launch?: DriveOptions["launch"];
  readonly onK6?: (pid: number) => void;
}

export type Progress =
  | { readonly kind: "step"; readonly text: string }
  /** Stays to be read, where a step makes room for the next. */
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "scenario"; readonly plan: ScenarioPlan; readonly index: number; readonly of: number }
  | { readonly kind: "figures"; readonly figures: LiveFigures; readonly elapsedSeconds: number };

export interface Proof {
  readonly plan: Plan;
  readonly record: RunRecord;
  readonly verdict: Verdict;
  readonly directory: string;
  /** The live dashboard, from the beginning of the run to its end; where Grafana is known. */
  readonly dashboard?: string;
}

/**
 * The way through: plan → environment → load → record → verdict → report. Each step leaves its file in the run
 * directory as it goes; from record.json on, everything can be computed again without load.
 */
export async function prove(plan: Plan, host: Host, options: ProveOptions): Promise<Proof> {
  const step = (text: string) => options.onProgress({ kind: "step", text });
  const streamHost = { host, onNote: (text: string) => options.onProgress({ kind: "note", text }) };
  const layout = layoutOf(plan);
  const influx = await streamSettings(streamHost);
  await using lock = await takeHostLock({
    pid: process.pid,
    since: plan.createdAt,
    what: `run ${plan.suite}`,
    share: options.shareHost,
  });
  const { interrupted: signal } = host;
  const url = plan.environment.kind === "url" ? plan.environment.url : undefined;
  const guard = await openGuard(url, plan.allow);
  const k6 = options.k6 ?? (await ensureK6({ env: host.env, cwd: host.cwd, onProgress: step, signal }));
  step("checking the scenarios");
  const scripts = await Promise.all(
    plan.scenarios.map((one) => prepareScript(one, { k6: k6.path, env: host.env, cwd: host.cwd, signal })),
  );
  const directory = await createRunDirectory(options.runsDirectory, plan.runId);
  await directory.write("plan.json", plan);

  await using stream = openStream(influx, directory.path, streamHost);
  const link = dashboardLink(influx, plan);
  if (link !== undefined) streamHost.onNote(`live dashboard: ${link}`);

  let scenarios: ScenarioRecord[] = [];
  const sharedHost = lock.sharedWith.length > 0;
  let recordSoFar: () => RunRecord;
  {
    await using guardian = await startGuardian({ runId: plan.runId, env: host.env });
    const fingerprint = await takeFingerprint(guardian, { k6, directory: directory.path, signal, onStep: step });
    let outOfMemory: OutOfMemoryRecord | undefined;
    let scenarioName: string | undefined;
    recordSoFar = () =>
      runRecord(
        plan,
        { ...options, sharedHost, fingerprint },
        { scenarios, ...(outOfMemory === undefined ? {} : { outOfMemory }) },
      );
    try {
      await using environment = await openPlanned(plan, guard, {
        configDirectory: options.configDirectory,
        logDirectory: join(directory.path, "environment"),
        guardian,
        signal,
        onProgress: step,
        layout,
        now: host.now,
      });
      await directory.write("environment.json", { ...environment.facts(), fingerprint });
      for (const [index, scenario] of plan.scenarios.entries()) {
        scenarioName = scenario.name;
        const script = scripts[index];
        if (script === undefined) {
          throw new ProofloadError("PL_INTERNAL", `no script was prepared for ${scenario.name}`);
        }
        options.onProgress({ kind: "scenario", plan: scenario, index, of: plan.scenarios.length });
        const { record, died } = await (countsCost(scenario) ? measureCost : measure)(scenario, {
          ...options,
          runId: plan.runId,
          host,
          stream,
          guardian,
          environment,
          service: plan.service,
          generatorCores: generatorCores(layout, host.env),
          k6,
          guard,
          caps: capsOf(url, plan.allow),
          script,
          directory: join(directory.path, "scenarios", scenario.name),
          signal,
          onFigures: (figures, elapsedSeconds) => options.onProgress({ kind: "figures", figures, elapsedSeconds }),
        });
        scenarios.push(record);
        if (died !== undefined) {
          outOfMemory = outOfMemoryOf(died, { layout, at: host.now(), scenario: scenario.name, during: "load" });
        }
        // At once: it cannot be measured again, and the next scenario may be the last thing that this machine does.
        await directory.write("record.json", recordSoFar());
        if (outOfMemory !== undefined) break;
      }
    } catch (error) {
      outOfMemory = outOfMemoryOf(error, { layout, at: host.now(), scenario: scenarioName, during: "start" });
    }
  }
  signal.throwIfAborted();
  scenarios = await closeBooks(stream, scenarios, step);
  const record = recordSoFar();
  await directory.write("record.json", record);
  const verdict = judge(plan, record);
  await directory.write("verdict.json", verdict);
  signal.throwIfAborted();
  await writeReports(directory, { plan, record, verdict });
  const missing = await sendRunPoints(stream, { plan, record, verdict });
  if (missing !== undefined) streamHost.onNote(missing);
  signal.throwIfAborted();
  const dashboard = dashboardLink(influx, plan, host.now());
  return { plan, record, verdict, directory: directory.path, ...(dashboard === undefined ? {} : { dashboard }) };
}
