import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answerDifferences } from "../../harness/ab/answer-differences.ts";
import type { PairedSettings } from "../../harness/ab/drive-k6.ts";
import { pairFigures, requestsOf } from "../../harness/ab/pair-figures.ts";
import { readK6Summary } from "../../harness/collect/k6-summary.ts";
import { spawnChild } from "../../harness/environment/child.ts";
import { startGuardian } from "../../harness/environment/guardian.ts";
import { startCanary } from "../../harness/load/canary.ts";
import { drive } from "../../harness/load/drive.ts";
import { addressOf, driveLimits } from "../../harness/load/drive-limits.ts";
import type { K6 } from "../../harness/load/k6-binary.ts";
import { preparePaired } from "../../harness/load/paired-bundle.ts";
import { baseUrlVariable } from "../../harness/load/paired-entry.ts";
import { measuredLoads, schedulesOf } from "../../harness/load/paired-load.ts";
import { measuredOptions, warmupOptions } from "../../harness/load/paired-options.ts";
import { writeBundle } from "../../harness/load/prepare-script.ts";
import type { ScenarioPlan } from "../../harness/plan/plan.ts";
import {
  countingService,
  endpointPlan,
  open,
  pinnedK6,
  REPOSITORY,
  scenarioPlan,
  temporaryFolder,
} from "./k6-bench.ts";

const LIBRARY = join(REPOSITORY, "scenarios/lib");

/** State in the module itself, random numbers of the iteration, and a token that only setup() of one's own side knows. */
const SCRIPT = `
import { endpoint } from "${LIBRARY}/endpoint.ts";
import { random } from "${LIBRARY}/random.ts";
const create = endpoint("items.create");
let calls = 0;
export function setup() { return { token: "of " + __ENV.PROOFLOAD_BASE_URL }; }
export function buy(data) {
  calls += 1;
  create({ body: { calls, vu: __VU, size: random().integer(1, 1e6), token: data.token }, expect: [201] });
}
`;

interface Bought {
  readonly side: string;
  readonly calls: number;
  readonly vu: number;
  readonly size: number;
  readonly token: string;
}

let k6: K6;
beforeAll(async () => {
  k6 = await pinnedK6();
});

/** Two services, and one k6 process that asks both; what they were asked, in order of arrival. */
async function drivePairs(settings: Partial<PairedSettings>, phase: "measured" | "warmup" = "measured") {
  await using folder = await temporaryFolder();
  const arrived: Bought[] = [];
  const service = (side: string, answer: object) =>
    countingService((_request, response, body) => {
      arrived.push({ side, ...JSON.parse(body) });
      response.writeHead(201, { "content-type": "application/json; charset=utf-8" });
      response.end(JSON.stringify(answer));
    });
  await using base = await service("base", { id: 5, price: 1 });
  await using head = await service("head", { id: 6, price: "1" });
  const script = join(folder.path, "scenario.ts");
  await writeFile(script, SCRIPT);
  const scenario: ScenarioPlan = scenarioPlan(script, {
    endpoints: [endpointPlan("items.create", "POST", "/items")],
    streams: [{ name: "main", exec: "buy", measured: open(60, 2), calls: { "items.create": 1 } }],
  });
  const directory = join(folder.path, "k6");
  const tools = { k6: k6.path, env: process.env, cwd: folder.path, signal: new AbortController().signal };
  const bundle = await preparePaired(scenario, tools);
  await using guardian = await startGuardian({ runId: `paired-${process.pid}-${Date.now()}`, env: process.env });
  const start = spawnChild.bind(undefined, guardian);
  await using canary = await startCanary({ start, node: process.execPath, directory: folder.path });
  const loads = measuredLoads(scenario, 1, 2);
  const file = join(folder.path, "paired.json");
  const whole: PairedSettings = {
    options: phase === "measured" ? measuredOptions(scenario, loads, 2) : warmupOptions(scenario, loads),
    seed: 1,
    sides: ["base", "head"],
    compared: 0,
    schedules: schedulesOf(loads),
    teardown: true,
    ...settings,
  };
  await writeFile(file, JSON.stringify(whole));
  const running = await drive({
    scenario,
    bundle: { file: await writeBundle(bundle, directory), hash: bundle.hash },
    k6,
    env: process.env,
    cwd: folder.path,
    baseUrl: base.url,
    canaryUrl: canary.url,
    variables: {
      PROOFLOAD_PAIRED: file,
      PROOFLOAD_COMPARE: whole.compared > 0 ? "1" : "0",
      [baseUrlVariable("base")]: base.url,
      [baseUrlVariable("head")]: head.url,
    },
    limits: driveLimits(scenario, ["127.0.0.1", canary.address].flatMap(addressOf), undefined),
    directory,
    start,
    now: Date.now,
    signal: tools.signal,
  });
  const { exit, summaryFile } = await running.done;
  expect(exit).toEqual({ kind: "completed" });
  const summary = await readK6Summary(summaryFile ?? "");
  const log = await readFile(join(directory, "k6.log"), "utf8");
  return { arrived, summary, log, scenario, addresses: { base: base.url, head: head.url } };
}

/** The order of each pair, "bh" or "hb", by the random size that both of its requests carry. */
function ordersOf(arrived: readonly Bought[]): ReadonlyMap<number, string> {
  const bySize = new Map<number, string>();
  for (const { side, size } of arrived) bySize.set(size, (bySize.get(size) ?? "") + side[0]);
  return bySize;
}

/** Of the pairs that two runs have in common: k6 may begin one more. */
function turnedBetween(a: ReadonlyMap<number, string>, b: ReadonlyMap<number, string>): number {
  const common = [...a].filter(([size]) => b.has(size));
  expect(common.length).toBeGreaterThan(100);
  return common.filter(([size, order]) => b.get(size) !== order).length;
}

describe("a scenario driven for both sides at once", () => {
  test("gives each side the same requests, with state, tokens and figures of its own, in a random order that the seed decides", async () => {
    const { arrived, summary, scenario, addresses } = await drivePairs({});
    const of = (side: string) => arrived.filter((one) => one.side === side);
    const byVuAndCall = (side: string) =>
      of(side)
        .map(({ vu, calls, size }) => `${vu} ${calls} ${size}`)
        .sort();
    expect(of("base").length).toBeGreaterThan(100);
    expect(byVuAndCall("head")).toEqual(byVuAndCall("base"));
    for (const { side, token } of arrived)
      expect(token).toBe(`of ${side === "base" ? addresses.base : addresses.head}`);

    const side = { summary, parts: {} };
    expect(requestsOf(scenario, side, "base")).toEqual({ sent: of("base").length, failed: 0, dropped: 0 });
    expect(requestsOf(scenario, side, "head")).toEqual({ sent: of("head").length, failed: 0, dropped: 0 });
    const figures = pairFigures(scenario, { base: side, head: side });
    const p50 = figures.find(({ subject, statistic }) => subject.kind === "class" && statistic === "p50");
    expect(p50).toMatchObject({ metric: "latency", count: { base: of("base").length, head: of("head").length } });
    expect(p50?.base).toBeGreaterThan(0);
    // A script that measured one side twice would find the same to the last digit.
    expect(p50?.base).not.toBe(p50?.head);

    const orders = ordersOf(arrived);
    const turned = [...orders.values()].filter((order) => order === "hb").length;
    // One of every two, but for an iteration at the end that has no other.
    expect(Math.abs(turned - orders.size / 2)).toBeLessThanOrEqual(1);
    const again = await drivePairs({});
    expect(turnedBetween(orders, ordersOf(again.arrived))).toBe(0);
    const other = await drivePairs({ seed: 2 });
    expect(turnedBetween(orders, ordersOf(other.arrived))).toBeGreaterThan(30);
  });

  test("drives one side alone in its block, and says where the answers of both differ", async () => {
    const block = await drivePairs({ sides: ["head"] });
    expect(new Set(block.arrived.map(({ side }) => side))).toEqual(new Set(["head"]));
    expect(requestsOf(block.scenario, { summary: block.summary, parts: {} }, "base").sent).toBe(0);

    const { summary, log, scenario } = await drivePairs({ compared: 3 }, "warmup");
    const [difference, ...others] = answerDifferences(scenario, summary, log);
    expect(others).toEqual([]);
    expect(difference).toMatchObject({
      endpoint: "items.create",
      what: "shape",
      sentence: "price: number from base, string from head",
    });
    expect(difference?.seen).toBe(difference?.of);
    expect(difference?.of).toBeGreaterThanOrEqual(3);
  });
});
