/**
 * `npm run bench:overhead [-- --json]`: what proofload adds to bare `k6 run` with the same bundle, in interleaved pairs.
 * Load goes to a responder of two bytes in a process of its own, on loopback.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machineFacts } from "../../harness/environment/fingerprint/machine.ts";
import { benchK6, newest, ROOT, responder, run, timed } from "./bench-k6.ts";
import { type Figure, figureOf, type Line, linesText } from "./figures.ts";

const PAIRS = 5;
const WARMUP_SECONDS = 2;
const OPEN_SECONDS = 10;
const CLOSED_SECONDS = 8;

interface Side {
  /** Successful requests a second in the measured phase. */
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
  /** CPU seconds of k6 per request, the canary's and the warm-up's included. */
  readonly cpuPerRequest: number;
  readonly wallSeconds: number;
}

const work = await mkdtemp(join(tmpdir(), "proofload-bench-"));
try {
  const k6 = await benchK6();
  await using service = await responder();
  await using canary = await responder();
  const timedK6 = await timed(work, "k6", k6);
  const open = await pairs("open-2000", OPEN_SECONDS);
  const closed = await pairs("closed", CLOSED_SECONDS);
  report(open, closed);

  async function pairs(scenario: string, seconds: number) {
    const rounds: { proofload: Side; bare: Side }[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      // The first run through proofload makes the bundle that both use; after it the order alternates.
      const order = pair % 2 === 0 ? ["proofload", "bare"] : ["bare", "proofload"];
      const sides: Record<string, Side> = {};
      for (const side of order) {
        sides[side] = side === "bare" ? await bare(scenario, seconds) : await throughProofload(scenario, seconds);
      }
      const { proofload, bare: without } = sides;
      if (proofload !== undefined && without !== undefined) {
        rounds.push({ proofload, bare: without });
      }
      process.stderr.write(`${scenario}: pair ${pair + 1} of ${PAIRS} ${JSON.stringify(sides)}\n`);
    }
    return rounds;
  }

  async function throughProofload(scenario: string, seconds: number): Promise<Side> {
    const output = join(work, scenario);
    const start = performance.now();
    const config = join(import.meta.dirname, "proofload.config.ts");
    const cli = join(ROOT, "bin", "proofload.js");
    const args = [cli, "run", scenario, "--config", config, "--url", service.url, "--output", output, "--json"];
    // A verdict other than PASS is no error here: what is measured is what it costs.
    await run(process.execPath, args, { cwd: work, env: { ...process.env, PROOFLOAD_K6: timedK6.path } }).catch(
      (error: { code?: unknown; stderr?: string }) => {
        if (![1, 2, 3].includes(Number(error.code))) {
          throw new Error(`proofload failed: ${error.stderr}`);
        }
      },
    );
    const wallSeconds = (performance.now() - start) / 1000;
    return sideOf(join(await newest(output), "scenarios", scenario, "k6-summary.json"), seconds, wallSeconds);
  }

  async function bare(scenario: string, seconds: number): Promise<Side> {
    const summary = join(work, "bare-summary.json");
    const bundle = join(await newest(join(work, scenario)), "scenarios", scenario, "bundle.js");
    const start = performance.now();
    const env = {
      ...process.env,
      PROOFLOAD_BASE_URL: service.url,
      PROOFLOAD_CANARY_URL: `${canary.url}/`,
      PROOFLOAD_SUMMARY: summary,
      K6_NO_USAGE_REPORT: "true",
    };
    await run(timedK6.path, ["run", "--quiet", bundle], { cwd: work, env }).catch((error: { code?: unknown }) => {
      // 99: a threshold was crossed, which is no error here.
      if (error.code !== 99) throw error;
    });
    return sideOf(summary, seconds, (performance.now() - start) / 1000);
  }

  async function sideOf(summaryFile: string, seconds: number, wallSeconds: number): Promise<Side> {
    const { metrics }: { metrics: Record<string, { values: Record<string, number> }> } = JSON.parse(
      await readFile(summaryFile, "utf8"),
    );
    const latency = metrics["latency{phase:measured}"]?.values ?? {};
    const requests = metrics["http_reqs"]?.values["count"] ?? Number.NaN;
    return {
      rate: (latency["count"] ?? Number.NaN) / seconds,
      p50: latency["med"] ?? Number.NaN,
      p95: latency["p(95)"] ?? Number.NaN,
      cpuPerRequest: (await timedK6.cpuSeconds()) / requests,
      wallSeconds,
    };
  }

  function report(
    open: readonly { proofload: Side; bare: Side }[],
    closed: readonly { proofload: Side; bare: Side }[],
  ) {
    const of = (rounds: typeof open, value: (round: (typeof open)[number]) => number): Figure =>
      figureOf(rounds.map(value));
    const openRate = of(open, (round) => round.proofload.rate / 2000);
    const p50 = of(open, (round) => round.proofload.p50 - round.bare.p50);
    const p95 = of(open, (round) => round.proofload.p95 - round.bare.p95);
    const cpu = of(open, (round) => round.proofload.cpuPerRequest / round.bare.cpuPerRequest);
    const rate = of(closed, (round) => round.proofload.rate / round.bare.rate);
    // Of the closed runs: at 2,000/s k6 makes thousands of VUs before it starts, which is load and not harness.
    const fixed = of(closed, (round) => round.proofload.wallSeconds - WARMUP_SECONDS - CLOSED_SECONDS);
    if (process.argv.includes("--json")) {
      const figures = { openRateRatio: openRate, p50DifferenceMs: p50, p95DifferenceMs: p95 };
      const json = {
        ...figures,
        cpuRatio: cpu,
        requestRateRatio: rate,
        fixedSeconds: fixed.median,
        pairs: PAIRS,
        machine: machineFacts(),
      };
      process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
      return;
    }
    const lines: Line[] = [
      {
        name: "open, 2,000/s: achieved ÷ asked",
        figure: openRate,
        limit: "≥ 0.999",
        ok: openRate.median >= 0.999,
        digits: 4,
      },
      { name: "open, 2,000/s: p50, difference in ms", figure: p50, limit: "≤ 0.1", ok: p50.median <= 0.1, digits: 3 },
      { name: "open, 2,000/s: p95, difference in ms", figure: p95, limit: "≤ 0.1", ok: p95.median <= 0.1, digits: 3 },
      {
        name: "open, 2,000/s: k6 CPU per request, ratio",
        figure: cpu,
        limit: "≤ 1.35",
        ok: cpu.median <= 1.35,
        digits: 3,
      },
      {
        name: "closed, saturated: requests/s, ratio",
        figure: rate,
        limit: "≥ 0.80",
        ok: rate.median >= 0.8,
        digits: 3,
      },
      {
        name: "a run outside load and environment, in s",
        figure: fixed,
        limit: "< 3",
        ok: fixed.median < 3,
        digits: 2,
      },
    ];
    process.stdout.write(
      `proofload against bare k6, same bundle, ${PAIRS} interleaved pairs: median (smallest to largest)\n${linesText(lines)}`,
    );
  }
} finally {
  await rm(work, { recursive: true, force: true });
}
