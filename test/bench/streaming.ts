/**
 * `npm run bench:streaming [-- --json] [--rounds N] [--memory]`: what it costs to have every sample in InfluxDB, against
 * k6's own InfluxDB output: the same script, the same InfluxDB 1.8, interleaved. Either way is measured against bare k6
 * with the same script and tags: a k6 user's script with k6's tags for the output that is built in, the bundle that
 * proofload makes of it (system tags that nothing reads are gone) for proofload. `whole` is all that proofload does, what it
 * adds to a script included. Costs per request are slopes between 60,000 and 120,000 requests, so that nothing fixed is in
 * them; costs per second are slopes between 10 s and 40 s with next to no load. `--memory` is a run of 13 minutes instead,
 * for the memory of the harness.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createInfluxClient } from "../../harness/collect/influx/client.ts";
import type { RunRecord } from "../../harness/collect/record.ts";
import { machineFacts } from "../../harness/environment/fingerprint/machine.ts";
import { runEnvironment } from "../../harness/load/k6-arguments.ts";
import { type Slope, theilSen } from "../../harness/verdict/stats/theil-sen.ts";
import { startInfluxd } from "../influx/server.ts";
import { benchK6, newest, ROOT, responder, run, timed } from "./bench-k6.ts";
import { type Figure, figureOf, type Line, linesText } from "./figures.ts";

const { values: flags } = parseArgs({
  options: { json: { type: "boolean" }, rounds: { type: "string", default: "9" }, memory: { type: "boolean" } },
});
const ROUNDS = Number(flags.rounds);
const REQUESTS = { few: 60_000, many: 120_000 } as const;
const SECONDS = { few: 10, many: 40 } as const;
/** What InfluxDB still does after the last answer. */
const SETTLE_MS = 2000;
const MINUTES = { from: 3, to: 13 } as const;
/** "bundle": bare k6 with what proofload makes of the script. */
const ARMS = ["proofload", "bare", "builtin", "bundle"] as const;
type Arm = (typeof ARMS)[number];

interface Summary {
  readonly metrics: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> }>>;
}

/** What a user of k6 would write. */
const plainScript = (requests: number) => `
  import http from "k6/http";
  export const options = {
    scenarios: { load: { executor: "shared-iterations", vus: 20, iterations: ${requests}, maxDuration: "5m" } },
  };
  export default function () {
    http.get(__ENV.PROOFLOAD_BASE_URL, { tags: { name: "two-bytes" } });
  }
`;

/** The same for k6 alone, which says only by a function of the script how much it did. */
const countedScript = (requests: number) => `
  export { default, options } from "./requests-${requests}.js";
  export const handleSummary = (data) => ({ [__ENV.PROOFLOAD_SUMMARY]: JSON.stringify(data) });
`;

interface Cost {
  /** CPU seconds of k6, the harness and what it started, and InfluxDB. */
  readonly cpu: number;
  readonly parts: { readonly k6: number; readonly harness: number; readonly influxd: number };
  /** Samples that k6 counted and the database does not hold; undefined where nothing was streamed. */
  readonly lost: number | undefined;
  readonly requestsPerSecond: number;
}

const work = await mkdtemp(join(tmpdir(), "proofload-bench-"));
try {
  const k6 = await timed(work, "k6", await benchK6());
  const cli = await timed(work, "proofload", `${process.execPath} ${join(ROOT, "bin", "proofload.js")}`);
  await using service = await responder();
  await using canary = await responder();
  await using server = await startInfluxd("1.8");
  // The database that k6's own output makes.
  const builtin = createInfluxClient({ ...server, bucket: "k6/autogen" });
  const [user = "", password = ""] = server.token.split(":");
  const config = join(import.meta.dirname, "proofload.config.ts");

  for (const count of Object.values(REQUESTS)) {
    await writeFile(join(work, `requests-${count}.js`), plainScript(count));
    await writeFile(join(work, `requests-${count}-counted.js`), countedScript(count));
  }
  if (flags.memory === true) reportMemory(await harnessMemory());
  else await compare();
  builtin.close();

  async function compare() {
    const rounds: Awaited<ReturnType<typeof perRequest>>[] = [];
    // Makes the bundles, too.
    for (const count of Object.values(REQUESTS)) await drive("proofload", `requests-${count}`);
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await perRequest(round));
    // Flushed, so that what was written lies in files of its own.
    await server.restart();
    const bytes = { builtin: bytesOf("k6"), proofload: bytesOf("proofload") };
    const idle: number[] = [];
    for (let round = 0; round < Math.min(3, ROUNDS); round += 1) idle.push(await perSecond(round));
    report(rounds, idle, bytes);
  }

  async function perRequest(round: number) {
    const cost = { few: {} as Record<Arm, Cost>, many: {} as Record<Arm, Cost> };
    const order = ARMS.map((_, index) => ARMS[(index + round) % ARMS.length] ?? "bare");
    for (const size of ["few", "many"] as const) {
      for (const arm of order) cost[size][arm] = await drive(arm, `requests-${REQUESTS[size]}`);
    }
    const slope = (arm: Arm) => (cost.many[arm].cpu - cost.few[arm].cpu) / (REQUESTS.many - REQUESTS.few);
    const builtin = slope("builtin") - slope("bare");
    const proofload = slope("proofload") - slope("bundle");
    process.stderr.write(`round ${round + 1} of ${ROUNDS}: ${JSON.stringify(cost)}\n`);
    return {
      cost,
      bare: slope("bare"),
      bundle: slope("bundle"),
      builtin,
      proofload,
      ratio: proofload / builtin,
      whole: (slope("proofload") - slope("bare")) / builtin,
      lost: (cost.few.proofload.lost ?? 0) + (cost.many.proofload.lost ?? 0),
      lostByBuiltin: (cost.few.builtin.lost ?? 0) + (cost.many.builtin.lost ?? 0),
      rate: Math.min(...ARMS.map((arm) => cost.many[arm].requestsPerSecond)),
    };
  }

  /** Of one core: everything beyond bare k6, while next to nothing is asked. */
  async function perSecond(round: number): Promise<number> {
    const slopes: Record<string, number> = {};
    for (const arm of round % 2 === 0 ? (["proofload", "bundle"] as const) : (["bundle", "proofload"] as const)) {
      const few = await drive(arm, `idle-${SECONDS.few}`);
      const many = await drive(arm, `idle-${SECONDS.many}`);
      slopes[arm] = (many.cpu - few.cpu) / (SECONDS.many - SECONDS.few);
    }
    process.stderr.write(`per second: ${JSON.stringify(slopes)}\n`);
    return (slopes["proofload"] ?? Number.NaN) - (slopes["bundle"] ?? Number.NaN);
  }

  async function drive(arm: Arm, scenario: string): Promise<Cost> {
    const heldBefore = await builtinRequests();
    const before = await influxdCpuSeconds();
    const summaryFile = arm === "proofload" ? await throughProofload(scenario) : await plainK6(arm, scenario);
    await sleep(SETTLE_MS);
    const inK6 = await k6.cpuSeconds();
    const harness = arm === "proofload" ? (await cli.cpuSeconds()) - inK6 : 0;
    const influxd = (await influxdCpuSeconds()) - before;
    const { metrics }: Summary = JSON.parse(await readFile(summaryFile, "utf8"));
    const requests = metrics["http_reqs"]?.values ?? {};
    const builtinLost = (requests["count"] ?? Number.NaN) - ((await builtinRequests()) - heldBefore);
    const lost = arm === "proofload" ? await lostByProofload(scenario) : arm === "builtin" ? builtinLost : undefined;
    return {
      cpu: inK6 + harness + influxd,
      parts: { k6: inK6, harness, influxd },
      lost,
      requestsPerSecond: requests["rate"] ?? Number.NaN,
    };
  }

  /** What the harness gives k6 as well, such as how seldom it collects garbage: only the output differs. */
  function sameEnvironment(summaryFile: string): Readonly<Record<string, string>> {
    return runEnvironment({
      base: process.env,
      baseUrl: service.url,
      canaryUrl: `${canary.url}/`,
      otlp: { host: "", path: "" },
      summaryFile,
      outputDirectory: work,
      freeMemoryBytes: freemem(),
    });
  }

  /** Over all metrics: what k6 counted, less what was read back from the database. */
  async function lostByProofload(scenario: string): Promise<number> {
    const record: RunRecord = JSON.parse(
      await readFile(join(await newest(join(work, scenario)), "record.json"), "utf8"),
    );
    const lines = record.scenarios[0]?.books.stream?.lines ?? [];
    return lines.length === 0
      ? Number.NaN
      : lines.reduce((sum, { sent, written = 0 }) => sum + Math.abs(sent - written), 0);
  }

  /** Requests that k6's own output has in the database. */
  async function builtinRequests(): Promise<number> {
    const rows = await builtin.query('SELECT count("value") AS "count" FROM "http_reqs"').catch(() => []);
    return Number(rows[0]?.values["count"] ?? 0);
  }

  async function influxdCpuSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${server.pid}/stat`, "utf8");
    // Behind the name, which may hold blanks: user and system time are the 12th and 13th, in hundredths of a second.
    const [utime = "", stime = ""] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13);
    return (Number(utime) + Number(stime)) / 100;
  }

  function bytesOf(database: string): number {
    const folders = ["data", "wal"].map((kind) => join(server.dataDirectory, kind, database));
    // What they take up: 1.8 makes files of 4 MB that are empty.
    const lines = execFileSync("du", ["-s", "-B1", ...folders], { encoding: "utf8" })
      .trim()
      .split("\n");
    return lines.reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
  }

  /** MB a minute, of what the sampler saw of the harness itself. */
  async function harnessMemory(): Promise<Slope> {
    const summary = await throughProofload("soak");
    const record: RunRecord = JSON.parse(await readFile(join(summary, "..", "..", "..", "record.json"), "utf8"));
    const rss = record.scenarios[0]?.resources.find(({ part, metric }) => part === "harness" && metric === "rss");
    const points = (rss?.points ?? []).filter(([s]) => s >= MINUTES.from * 60 && s <= MINUTES.to * 60);
    // One a ten seconds: neighbours say the same, and pairs are many.
    const thinned = points.filter((_, index) => index % 10 === 0);
    process.stderr.write(`${JSON.stringify(thinned)}\n`);
    return theilSen(thinned.map(([seconds, bytes]) => [seconds / 60, bytes / 1e6] as const));
  }

  function reportMemory(slope: Slope) {
    if (flags.json === true) {
      process.stdout.write(
        `${JSON.stringify({ harnessMegabytesPerMinute: slope, machine: machineFacts() }, null, 2)}\n`,
      );
      return;
    }
    const figure = { median: slope.median, min: slope.lower, max: slope.upper };
    const name = `harness memory, MB/min over minutes ${MINUTES.from}–${MINUTES.to}`;
    const lines: Line[] = [{ name, figure, limit: "upper end < 1", ok: slope.upper < 1, digits: 3 }];
    process.stdout.write(`Theil-Sen slope, 95 % interval\n${linesText(lines)}`);
  }

  function report(
    rounds: readonly Awaited<ReturnType<typeof perRequest>>[],
    idle: readonly number[],
    bytes: { readonly builtin: number; readonly proofload: number },
  ) {
    const of = (value: (round: (typeof rounds)[number]) => number): Figure => figureOf(rounds.map(value));
    const microseconds = (value: (round: (typeof rounds)[number]) => number) => of((round) => value(round) * 1e6);
    const cpuRatio = of((round) => round.ratio);
    const rate = of((round) => round.rate);
    // A round's ratio is one of two small differences; all rounds added up are steadier.
    const sum = (arm: Arm) => rounds.reduce((total, { cost }) => total + cost.many[arm].cpu - cost.few[arm].cpu, 0);
    const pooled = (sum("proofload") - sum("bundle")) / (sum("builtin") - sum("bare"));
    const whole = of((round) => round.whole);
    const fixed = figureOf(idle);
    const lost = rounds.reduce((sum, round) => sum + round.lost, 0);
    const lostByBuiltin = rounds.reduce((sum, round) => sum + round.lostByBuiltin, 0);
    const bytesRatio = bytes.proofload / bytes.builtin;
    const perRequest = {
      bare: microseconds((round) => round.bare),
      bundle: microseconds((round) => round.bundle),
      builtin: microseconds((round) => round.builtin),
      proofload: microseconds((round) => round.proofload),
    };
    if (flags.json === true) {
      const json = {
        cpuRatio: { ...cpuRatio, pooled },
        whole,
        lost,
        lostByBuiltin,
        microsecondsPerRequest: perRequest,
        rate,
        fixedCores: fixed,
        bytes,
      };
      process.stdout.write(
        `${JSON.stringify({ ...json, bytesRatio, rounds: ROUNDS, machine: machineFacts() }, null, 2)}\n`,
      );
      return;
    }
    const once = (value: number): Figure => ({ median: value, min: value, max: value });
    const lines: Line[] = [
      {
        name: "CPU per request, proofload ÷ built-in output",
        figure: cpuRatio,
        limit: "≤ 0.30",
        ok: cpuRatio.median <= 0.3,
        digits: 3,
      },
      { name: "  of all rounds added up", figure: once(pooled), limit: "", ok: true, digits: 3 },
      { name: "  beyond bare k6, proofload, µs", figure: perRequest.proofload, limit: "", ok: true, digits: 1 },
      { name: "  beyond bare k6, built-in output, µs", figure: perRequest.builtin, limit: "", ok: true, digits: 1 },
      { name: "  bare k6, the script, µs", figure: perRequest.bare, limit: "", ok: true, digits: 1 },
      { name: "  bare k6, proofload's bundle of it, µs", figure: perRequest.bundle, limit: "", ok: true, digits: 1 },
      { name: "all that proofload does ÷ built-in output", figure: whole, limit: "", ok: true, digits: 3 },
      {
        name: "requests/s, the slowest",
        figure: rate,
        limit: "≥ 8,000",
        ok: rate.median >= 8000,
        digits: 0,
      },
      { name: "samples lost, proofload", figure: once(lost), limit: "0", ok: lost === 0, digits: 0 },
      { name: "  requests lost, built-in output", figure: once(lostByBuiltin), limit: "", ok: true, digits: 0 },
      { name: "cost of a second, cores", figure: fixed, limit: "≤ 0.05", ok: fixed.median <= 0.05, digits: 3 },
      {
        name: "bytes in the database, ÷ built-in output",
        figure: once(bytesRatio),
        limit: "≤ 0.05",
        ok: bytesRatio <= 0.05,
        digits: 4,
      },
    ];
    process.stdout.write(
      `Every sample in InfluxDB 1.8, ${ROUNDS} interleaved rounds: median (smallest to largest)\n${linesText(lines)}`,
    );
  }

  async function throughProofload(scenario: string): Promise<string> {
    const output = join(work, scenario);
    const what = scenario.startsWith("requests-") ? [`${scenario}.js`] : [scenario, "--config", config];
    const args = ["run", ...what, "--url", service.url, "--output", output, "--json"];
    // A verdict other than PASS is no error here: what is measured is what it costs.
    await run(cli.path, args, {
      cwd: work,
      env: { ...process.env, ...server.env, PROOFLOAD_K6: k6.path },
      maxBuffer: 64e6,
    }).catch((error: { code?: unknown; stderr?: string }) => {
      if (![1, 2, 3].includes(Number(error.code))) throw new Error(`proofload failed: ${error.stderr}`);
    });
    return join(await newest(output), "scenarios", scenario, "k6-summary.json");
  }

  async function plainK6(arm: Exclude<Arm, "proofload">, scenario: string): Promise<string> {
    const summary = join(work, "plain-summary.json");
    const script =
      arm !== "bundle"
        ? join(work, `${scenario}-counted.js`)
        : join(await newest(join(work, scenario)), "scenarios", scenario, "bundle.js");
    const out = arm === "builtin" ? ["--out", `influxdb=${server.url}/k6`] : [];
    await run(k6.path, ["run", "--quiet", ...out, script], {
      cwd: work,
      env: { ...sameEnvironment(summary), K6_INFLUXDB_USERNAME: user, K6_INFLUXDB_PASSWORD: password },
    }).catch((error: { code?: unknown; stderr?: string }) => {
      // 99: a threshold was crossed, which is no error here.
      if (error.code !== 99) throw new Error(`k6 failed: ${error.stderr}`);
    });
    return summary;
  }
} finally {
  await rm(work, { recursive: true, force: true });
}
