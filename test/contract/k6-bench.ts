/** What the contract tests with a real k6 share: a service that counts, a plan, and one call that drives it. */
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ChildOptions, spawnChild } from "../../harness/environment/child.ts";
import { type Guardian, startGuardian } from "../../harness/environment/guardian.ts";
import { startCanary } from "../../harness/load/canary.ts";
import { type Drive, drive } from "../../harness/load/drive.ts";
import { addressOf, driveLimits } from "../../harness/load/drive-limits.ts";
import { ensureK6, type K6 } from "../../harness/load/k6-binary.ts";
import type { DriveOutcome } from "../../harness/load/outcome.ts";
import { prepareScript, writeBundle } from "../../harness/load/prepare-script.ts";
import type { EndpointPlan, PhaseLoad, ScenarioPlan } from "../../harness/plan/plan.ts";

export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const never = new AbortController().signal;

/** The pinned k6 of the checkout; the first time it may be downloaded or built. */
export function pinnedK6(): Promise<K6> {
  return ensureK6({ env: process.env, cwd: REPOSITORY, onProgress: () => {}, signal: never });
}

export interface CountingService extends AsyncDisposable {
  readonly url: string;
  /** "GET /items" → requests, without query. */
  readonly counts: Map<string, number>;
  /** Bodies of requests that had one, in order of arrival. */
  readonly bodies: string[];
  readonly total: number;
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export async function countingService(handle: Handler): Promise<CountingService> {
  const counts = new Map<string, number>();
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const key = `${request.method} ${(request.url ?? "").replace(/\?.*/, "")}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      if (body !== "") bodies.push(body);
      handle(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    bodies,
    get total() {
      return [...counts.values()].reduce((sum, count) => sum + count, 0);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Folder extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "proofload-contract-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function endpointPlan(name: string, method: EndpointPlan["method"], path: string): EndpointPlan {
  return { name, method, path, class: "any", classTitle: "Any", budgets: [] };
}

export function scenarioPlan(script: string, more: Partial<ScenarioPlan>): ScenarioPlan {
  return {
    name: "contract",
    title: "Contract",
    target: "contract",
    profile: { name: "any", cpus: 1, memoryGiB: 1 },
    kind: "proofload",
    script,
    warmupSeconds: 0,
    measuredSeconds: 2,
    streams: [],
    endpoints: [],
    budgets: [],
    settings: {},
    params: {},
    data: { seed: 20261121 },
    ...more,
  };
}

export function open(rate: number, seconds: number, vus = 20): PhaseLoad {
  return { model: "open", rate, seconds, vus };
}

/** k6's classic summary. */
export interface Summary {
  readonly metrics: Readonly<
    Record<string, { readonly values: Readonly<Record<string, number>>; readonly thresholds?: Record<string, unknown> }>
  >;
}

export interface Driven {
  readonly outcome: DriveOutcome;
  readonly summary: Summary;
  readonly log: string;
}

/** One figure of the summary; 0 where there is no such metric. */
export function figure(summary: Summary, metric: string, value = "count"): number {
  return summary.metrics[metric]?.values[value] ?? 0;
}

/** Bundles, inspects and drives a scenario against `baseUrl`, with a canary and a receiver that takes everything. */
export async function driveScenario(
  k6: K6,
  scenario: ScenarioPlan,
  baseUrl: string,
  directory: string,
  during?: (running: Drive) => void,
): Promise<Driven> {
  await mkdir(directory, { recursive: true });
  await using guardian = await startGuardian({ runId: `contract-${process.pid}-${Date.now()}`, env: process.env });
  await using receiver = await countingService((_request, response) => {
    response.setHeader("content-type", "application/x-protobuf");
    response.end();
  });
  const start = starter(guardian);
  const tools = { k6: k6.path, env: process.env, cwd: directory, signal: never };
  const script = await prepareScript(scenario, tools);
  await using canary = await startCanary({ start, node: process.execPath, directory });
  const running = await drive({
    scenario,
    bundle: { file: await writeBundle(script, directory), hash: script.hash },
    k6,
    env: process.env,
    cwd: directory,
    baseUrl,
    canaryUrl: canary.url,
    otlp: { host: new URL(receiver.url).host, path: "/v1/metrics/secret" },
    limits: driveLimits(scenario, ["127.0.0.1", "::1", canary.address].flatMap(addressOf), undefined),
    directory,
    start,
    now: () => Date.now(),
    signal: never,
  });
  during?.(running);
  const outcome = await running.done;
  const summary: Summary =
    outcome.summaryFile === undefined ? { metrics: {} } : JSON.parse(await readFile(outcome.summaryFile, "utf8"));
  return { outcome, summary, log: await readFile(join(directory, "k6.log"), "utf8") };
}

function starter(guardian: Guardian) {
  return (name: string, command: string, args: readonly string[], options: ChildOptions) =>
    spawnChild(guardian, name, command, args, options);
}
