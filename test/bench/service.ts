/**
 * `npm run bench:service [-- --json]`: the cached, authenticated read path of the reference service against a bare route
 * of the same framework that returns the same bytes, with `wrk`, one process each, interleaved. The service runs as in
 * the `load` scenarios: every token verified, rate limiter, histogram, request log at info, ETag; its own counters say
 * whether each of these ran.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { parsePrometheus } from "../../harness/collect/prometheus.ts";
import { provisionEmbedded } from "../../harness/environment/embedded.ts";
import type { Environment } from "../../harness/environment/environment.ts";
import { machineFacts } from "../../harness/environment/fingerprint/machine.ts";
import { startGuardian } from "../../harness/environment/guardian.ts";
import { referenceService, seededData } from "../../targets/reference-service.ts";
import { type Figure, figureOf, type Line, linesText } from "./figures.ts";

const execute = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
const ROUNDS = 5;
const SECONDS = 4;
/** The engine compiles for long: after 3 s the service gives 80 % of its rate, after 9 s all of it. */
const WARMUP_SECONDS = 12;
const PATH = "/api/templates/7";
const PATH_TEMPLATE = "/api/templates/:templateId";

interface Wrk {
  readonly requestsPerSecond: number;
  readonly requests: number;
  readonly p95: number;
}

const work = await mkdtemp(join(tmpdir(), "proofload-bench-"));
const signal = AbortSignal.timeout(600_000);
try {
  await using guardian = await startGuardian({ runId: `bench-service-${process.pid}`, env: process.env });
  await using environment = await provisionEmbedded({
    service: referenceService,
    configDirectory: ROOT,
    logDirectory: work,
    guardian,
    signal,
  });
  const plain = await compare(environment, "off");
  const cached = await compare(environment, "on");
  report(plain, cached);
} finally {
  await rm(work, { recursive: true, force: true });
}

async function compare(environment: Environment, tokenCache: "on" | "off") {
  await environment.reset({
    // The limit is there and counts; it is set so high that it does not answer 429.
    settings: { TOKEN_CACHE: tokenCache, RATE_LIMIT_PER_MINUTE: "100000000" },
    logDirectory: work,
  });
  const token = await login(environment.baseUrl);
  const response = await fetch(`${environment.baseUrl}${PATH}`, { headers: { authorization: `Bearer ${token}` } });
  const body = join(work, "body.json");
  await writeFile(body, await response.text());
  await using bare = await bareRoute(body);
  await wrk(environment.baseUrl, token, WARMUP_SECONDS);
  await wrk(bare.url, token, WARMUP_SECONDS);
  const rounds: { service: Wrk; bare: Wrk }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await counters(environment);
    const first = round % 2 === 0 ? await wrk(environment.baseUrl, token, SECONDS) : undefined;
    const other = await wrk(bare.url, token, SECONDS);
    const service = first ?? (await wrk(environment.baseUrl, token, SECONDS));
    assertItRan(service, before, await counters(environment), tokenCache);
    rounds.push({ service, bare: other });
    process.stderr.write(`token cache ${tokenCache}: round ${round + 1} of ${ROUNDS}\n`);
  }
  return rounds;
}

async function login(baseUrl: string): Promise<string> {
  const response = await fetch(`${baseUrl}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "user-0001@proofload.test", password: seededData.password }),
  });
  const { accessToken }: { accessToken: string } = JSON.parse(await response.text());
  return accessToken;
}

async function wrk(baseUrl: string, token: string, seconds: number): Promise<Wrk> {
  const script = join(import.meta.dirname, "wrk-report.lua");
  const args = [
    "-t1",
    "-c32",
    `-d${seconds}s`,
    "-s",
    script,
    "-H",
    `Authorization: Bearer ${token}`,
    `${baseUrl}${PATH}`,
  ];
  const { stdout } = await execute("wrk", args);
  const [, requests, microseconds, , p95, errors] = /RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)/.exec(stdout) ?? [];
  if (requests === undefined || Number(errors) > 0) {
    throw new Error(`wrk reports errors:\n${stdout}`);
  }
  return {
    requests: Number(requests),
    requestsPerSecond: (Number(requests) / Number(microseconds)) * 1e6,
    p95: Number(p95),
  };
}

async function counters(environment: Environment): Promise<(name: string) => number> {
  const samples = parsePrometheus((await environment.scrape()) ?? "");
  return (name) =>
    samples
      .filter((sample) => sample.name === name && [undefined, PATH_TEMPLATE].includes(sample.labels["endpoint"]))
      .filter((sample) => [undefined, "token"].includes(sample.labels["cache"]) && sample.labels["result"] !== "miss")
      .reduce((sum, sample) => sum + sample.value, 0);
}

/** Each part of the path has counted at least what wrk got; wrk may have left a few answers unread at its end. */
function assertItRan(
  service: Wrk,
  before: (name: string) => number,
  after: (name: string) => number,
  tokenCache: "on" | "off",
): void {
  const token = tokenCache === "on" ? "cache_requests_total" : "tokens_verified_total";
  for (const name of [
    "http_request_duration_seconds_count",
    "rate_limit_checks_total",
    "request_log_lines_total",
    "etag_responses_total",
    token,
  ]) {
    const gained = after(name) - before(name);
    if (gained < service.requests) {
      throw new Error(`${name} counted ${gained} for ${service.requests} requests: that part of the path did not run`);
    }
  }
}

async function bareRoute(body: string): Promise<AsyncDisposable & { url: string }> {
  const script = join(ROOT, "targets", "reference", "bench", "bare-route.ts");
  const child = spawn(process.execPath, [script, body], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(createInterface({ input: child.stdout }), "line");
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  };
}

function report(plain: Awaited<ReturnType<typeof compare>>, cached: Awaited<ReturnType<typeof compare>>): void {
  const of = (rounds: typeof plain, value: (round: (typeof plain)[number]) => number): Figure =>
    figureOf(rounds.map(value));
  const rate = of(plain, (round) => round.service.requestsPerSecond);
  const bareRate = of(plain, (round) => round.bare.requestsPerSecond);
  const p95 = of(plain, (round) => round.service.p95);
  const ratio = of(plain, (round) => round.service.requestsPerSecond / round.bare.requestsPerSecond);
  const cachedRatio = of(cached, (round) => round.service.requestsPerSecond / round.bare.requestsPerSecond);
  if (process.argv.includes("--json")) {
    const json = {
      machine: machineFacts(),
      requestsPerSecond: rate,
      bareRequestsPerSecond: bareRate,
      p95Ms: p95,
      ratio,
      ratioTokenCache: cachedRatio,
    };
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    return;
  }
  const lines: Line[] = [
    { name: "requests/s, every token verified", figure: rate, limit: "≥ 15,000", ok: rate.median >= 15_000, digits: 0 },
    { name: "p95 in ms", figure: p95, limit: "< 100", ok: p95.median < 100, digits: 2 },
    { name: "÷ bare route", figure: ratio, limit: "≥ 0.20", ok: ratio.median >= 0.2, digits: 3 },
    {
      name: "÷ bare route, verified tokens cached",
      figure: cachedRatio,
      limit: "≥ 0.33",
      ok: cachedRatio.median >= 0.33,
      digits: 3,
    },
    { name: "bare route, requests/s", figure: bareRate, limit: "", ok: true, digits: 0 },
  ];
  process.stdout.write(
    `The cached read path with wrk, ${ROUNDS} interleaved rounds: median (smallest to largest)\n${linesText(lines)}`,
  );
}
