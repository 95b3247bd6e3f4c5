/**
 * `npm run bench:environments [-- --json]`: what the containers environment adds to the embedded one. A service of two
 * bytes, under the same k6 and the same wrk, in interleaved pairs, within limits that do not bite; then how long each
 * environment takes until the reference service, with Postgres and Redis, is seeded and ready, and until it is stopped.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { provisionContainers } from "../../harness/environment/containers/containers.ts";
import { provisionEmbedded } from "../../harness/environment/embedded.ts";
import type { Environment } from "../../harness/environment/environment.ts";
import { startGuardian } from "../../harness/environment/guardian.ts";
import type { ServiceDefinition } from "../../harness/plan/definition.ts";
import { referenceService } from "../../targets/reference-service.ts";
import { wideLayout } from "../contract/containers-support.ts";
import { benchK6, ROOT } from "./bench-k6.ts";
import { type Figure, figureOf, type Line, linesText } from "./figures.ts";

const execute = promisify(execFile);
const PAIRS = 5;
const STARTS = 3;
const RATE = 1000;
const SECONDS = 6;
const KINDS = ["embedded", "containers"] as const;
type Kind = (typeof KINDS)[number];

const nullService: ServiceDefinition = {
  name: "null",
  directory: ".",
  command: ["node", "server.mjs"],
  needs: {},
  portVariable: "PORT",
  environment: {},
  readyPath: "/",
  readyWithin: "10s",
  container: { dockerfile: "Dockerfile" },
};

/** One side of a pair: median latency at a fixed rate in milliseconds, and requests a second of 16 connections. */
interface Side {
  readonly p50: number;
  readonly rate: number;
}

interface Times {
  readonly ready: number;
  readonly stop: number;
}

const work = await mkdtemp(join(tmpdir(), "proofload-bench-"));
const signal = AbortSignal.timeout(900_000);
try {
  const k6 = await benchK6();
  const script = join(work, "two-bytes.js");
  await writeFile(script, scriptText());
  const pairs = await comparePaths(k6, script);
  const times = await timeStarts();
  report(pairs, times);
} finally {
  await rm(work, { recursive: true, force: true });
}

async function comparePaths(k6: string, script: string): Promise<Record<Kind, Side>[]> {
  const directory = join(ROOT, "test", "fixtures", "null-service");
  await using guardian = await startGuardian({ runId: `bench-environments-${process.pid}`, env: process.env });
  await using embedded = await start("embedded", nullService, directory, guardian);
  await using containers = await start("containers", nullService, directory, guardian);
  const environments = { embedded, containers };
  // Until the engine of either has compiled what it will.
  for (const kind of KINDS) await wrk(environments[kind], 5);
  const pairs: Record<Kind, Side>[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const sides: Partial<Record<Kind, Side>> = {};
    for (const kind of pair % 2 === 0 ? KINDS : KINDS.toReversed()) {
      const environment = environments[kind];
      sides[kind] = { p50: await medianLatency(k6, script, environment), rate: await wrk(environment, SECONDS) };
    }
    const { embedded: left, containers: right } = sides;
    if (left !== undefined && right !== undefined) pairs.push({ embedded: left, containers: right });
    process.stderr.write(`pair ${pair + 1} of ${PAIRS} ${JSON.stringify(sides)}\n`);
  }
  return pairs;
}

async function timeStarts(): Promise<Record<Kind, Times[]>> {
  const times: Record<Kind, Times[]> = { embedded: [], containers: [] };
  // The first start builds the image of the service, once for its content: not counted.
  for (let round = 0; round <= STARTS; round += 1) {
    for (const kind of KINDS) {
      await using guardian = await startGuardian({ runId: `bench-start-${process.pid}-${round}`, env: process.env });
      const began = performance.now();
      const environment = await start(kind, referenceService, ROOT, guardian);
      const ready = (performance.now() - began) / 1000;
      const stopping = performance.now();
      await environment[Symbol.asyncDispose]();
      await guardian.done();
      const stop = (performance.now() - stopping) / 1000;
      if (round > 0) times[kind].push({ ready, stop });
      process.stderr.write(`start ${round} of ${STARTS} ${kind} ${JSON.stringify({ ready, stop })}\n`);
    }
  }
  return times;
}

async function start(
  kind: Kind,
  service: ServiceDefinition,
  configDirectory: string,
  guardian: Awaited<ReturnType<typeof startGuardian>>,
): Promise<Environment> {
  const logDirectory = join(work, kind);
  await mkdir(logDirectory, { recursive: true });
  const common = { service, configDirectory, logDirectory, guardian, signal };
  if (kind === "embedded") return provisionEmbedded(common);
  return provisionContainers({ ...common, layout: wideLayout(), now: Date.now });
}

function scriptText(): string {
  return `
import http from "k6/http";
export const options = {
  scenarios: {
    ask: { executor: "constant-arrival-rate", rate: ${RATE}, duration: "${SECONDS}s", preAllocatedVUs: 50 },
  },
  summaryTrendStats: ["med"],
};
export default () => { http.get(__ENV.URL); };
`;
}

async function medianLatency(k6: string, script: string, { baseUrl }: Environment): Promise<number> {
  const summary = join(work, "summary.json");
  const env = { ...process.env, URL: baseUrl, K6_NO_USAGE_REPORT: "true", K6_AUTO_EXTENSION_RESOLUTION: "false" };
  await execute(k6, ["run", "--quiet", `--summary-export=${summary}`, script], { env });
  const { metrics }: { metrics: Record<string, { med: number; value: number }> } = JSON.parse(
    await readFile(summary, "utf8"),
  );
  if (metrics["http_req_failed"]?.value !== 0) throw new Error(`requests to ${baseUrl} failed`);
  return metrics["http_req_duration"]?.med ?? Number.NaN;
}

async function wrk({ baseUrl }: Environment, seconds: number): Promise<number> {
  const { stdout } = await execute("wrk", ["-t1", "-c16", `-d${seconds}s`, `${baseUrl}/`]);
  const rate = /^Requests\/sec:\s+([\d.]+)/m.exec(stdout)?.[1];
  if (rate === undefined || /Socket errors|Non-2xx/.test(stdout)) throw new Error(`wrk reports errors:\n${stdout}`);
  return Number(rate);
}

function report(pairs: readonly Record<Kind, Side>[], times: Record<Kind, readonly Times[]>): void {
  const of = (pick: (pair: Record<Kind, Side>) => number): Figure => figureOf(pairs.map(pick));
  const latency = of(({ containers, embedded }) => containers.p50 / embedded.p50);
  const rate = of(({ containers, embedded }) => containers.rate / embedded.rate);
  const shown = (name: string, figure: Figure, digits: number): Line => ({ name, figure, limit: "", ok: true, digits });
  const time = (kind: Kind, which: keyof Times) => figureOf(times[kind].map((one) => one[which]));
  const ready = time("containers", "ready");
  const stop = time("containers", "stop");
  const lines: Line[] = [
    {
      name: "p50 through containers ÷ embedded",
      figure: latency,
      limit: "within 20 %",
      ok: latency.median <= 1.2,
      digits: 3,
    },
    { name: "requests/s of containers ÷ embedded", figure: rate, limit: "≥ 0.85", ok: rate.median >= 0.85, digits: 3 },
    ...KINDS.flatMap((kind) => [
      shown(
        `p50 at ${RATE}/s, ${kind} (ms)`,
        of((pair) => pair[kind].p50),
        3,
      ),
      shown(
        `requests/s of 16 connections, ${kind}`,
        of((pair) => pair[kind].rate),
        0,
      ),
    ]),
    { name: "reference service, start to ready (s)", figure: ready, limit: "≤ 8 s", ok: ready.max <= 8, digits: 2 },
    { name: "reference service, stop (s)", figure: stop, limit: "≤ 3 s", ok: stop.max <= 3, digits: 2 },
    shown("the same, embedded: start to ready (s)", time("embedded", "ready"), 2),
    shown("the same, embedded: stop (s)", time("embedded", "stop"), 2),
  ];
  process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(lines, null, 2)}\n` : linesText(lines));
  process.exitCode = lines.every((line) => line.ok) ? 0 : 1;
}
