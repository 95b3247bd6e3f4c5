import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DASHBOARDS, type DashboardUid } from "../../dashboards/dashboard.ts";
import { createInfluxClient } from "../../harness/collect/influx/client.ts";
import { toLine } from "../../harness/collect/influx/line.ts";
import type { Point } from "../../harness/collect/influx/point.ts";
import { resourcePoints } from "../../harness/collect/influx/resource-points.ts";
import type { RunRecord } from "../../harness/collect/record.ts";
import type { ResourceSample } from "../../harness/collect/resource-sampler.ts";
import { folder, json, ROOT, run } from "../e2e/cli.ts";
import { alertsOf, evaluated, readAlertRules } from "../grafana/alert-rules.ts";
import { expectationsOf } from "../grafana/expectations.ts";
import { type Facts, type Figures, factsOf } from "../grafana/facts.ts";
import { ask, type Row } from "../grafana/influx-rows.ts";
import {
  ALL,
  type Chosen,
  type DashboardModel,
  interpolate,
  panelQueries,
  readDashboard,
} from "../grafana/panel-queries.ts";
import { INFLUX_LINES, type InfluxLine, type InfluxServer, startInfluxd } from "../influx/server.ts";

const CONFIG = join(ROOT, "test", "fixtures", "dashboards", "proofload.config.ts");
const SCENARIO = "shopping";

/** What no run on this machine has: a part with limits that is throttled. */
const LIMITED = {
  "postgres.cpu_limit": 1.5,
  "postgres.memory_limit": 536_870_912,
  "postgres.throttled_share": 0.25,
} as const;

let here: Awaited<ReturnType<typeof folder>>;
const servers = new Map<InfluxLine, InfluxServer>();
let before: Facts;
let facts: Facts;
let micro: NonNullable<RunRecord["micro"]>;
let models: ReadonlyMap<string, DashboardModel>;

/** The newest run in the folder. */
async function newestRun(): Promise<string> {
  const runs = join(here.path, ".proofload", "runs");
  return join(runs, (await readdir(runs)).sort().at(-1) ?? "");
}

async function made(args: readonly string[], server: InfluxServer): Promise<string> {
  const ended = await run([...args, "--config", CONFIG, "--share-host"], { cwd: here.path, env: server.env });
  expect(ended.stderr).not.toContain("PL_");
  return newestRun();
}

function server(line: InfluxLine): InfluxServer {
  const found = servers.get(line);
  if (found === undefined) throw new Error(`InfluxDB ${line} is not running`);
  return found;
}

beforeAll(async () => {
  here = await folder();
  for (const line of INFLUX_LINES) servers.set(line, await startInfluxd(line));
  // One run streams live to one line, the other to the other; each is sent to the second database from its log.
  before = await factsOf(await made(["run", "nightly"], server("1.8")));
  facts = await factsOf(await made(["run", "nightly"], server("2.7")));
  const microDirectory = await made(["micro", "known", "--quick"], server("1.8"));
  micro = (await json<RunRecord>(join(microDirectory, "record.json"))).micro ?? [];
  const sendTo = async (line: InfluxLine, ...runs: readonly string[]) => {
    const ended = await run(["stream", ...runs], { cwd: here.path, env: server(line).env });
    expect([ended.exitCode, ended.stderr]).toEqual([0, expect.not.stringContaining("PL_")]);
  };
  await sendTo("2.7", before.record.runId, microDirectory);
  await sendTo("1.8", facts.record.runId);
  for (const one of servers.values()) await writeMore(one);
  const uids = Object.keys(DASHBOARDS) as DashboardUid[];
  models = new Map(await Promise.all(uids.map(async (uid) => [uid, await readDashboard(uid)] as const)));
}, 300_000);

afterAll(async () => {
  for (const one of servers.values()) await one[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

/** What this run alone cannot have, through the code that writes it. */
async function writeMore(one: InfluxServer): Promise<void> {
  const at = facts.samples.at(-1)?.at ?? 0;
  const sample: ResourceSample = { at, values: LIMITED };
  const { runId } = facts.record;
  const marks = (["deployment", "change_point"] as const).map(
    (kind): Point => ({
      measurement: "annotations",
      tags: { run: runId, target: "shop", kind },
      fields: { title: `a ${kind}`, text: "what it was" },
      time: Date.parse(facts.record.createdAt),
    }),
  );
  const points = [...resourcePoints({ run: runId, target: "shop", scenario: SCENARIO }, sample), ...marks];
  const client = createInfluxClient(one);
  expect(await client.write(points.map(toLine))).toEqual({ kind: "written" });
  client.close();
  if (!facts.samples.some(({ values }) => values === LIMITED))
    Object.assign(facts, { samples: [...facts.samples, sample] });
}

/** Both runs with room on either side, and the commit that they measured. */
function range() {
  const commit = Date.parse(facts.record.commit?.time ?? facts.record.createdAt);
  return {
    from: Math.min(commit, Date.parse(before.record.createdAt)) - 60_000,
    to: facts.scenario.outcome.endedAt + 60_000,
  };
}

/** The first value of each list, or all, as Grafana chooses them; the run and the endpoint are the test's own. */
function chosenIn(uid: DashboardUid): Chosen {
  const compares = uid === "proofload-comparison";
  return {
    target: ALL,
    suite: ALL,
    part: ALL,
    subject: ALL,
    bench: ALL,
    run: compares ? [before.record.runId, facts.record.runId] : facts.record.runId,
    scenario: compares ? SCENARIO : ALL,
    endpoint: compares ? "items.read" : ALL,
    phase: ["measured", "warmup"],
    statistic: "p95",
  };
}

/** Numbers to nine digits: the database stores what was written, sums may round in another order. */
function rounded(figures: Figures): Figures {
  return Object.fromEntries(
    Object.entries(figures)
      .map(([name, value]) => [name, typeof value === "number" ? Number(value.toPrecision(9)) : value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const uids = Object.keys(DASHBOARDS) as DashboardUid[];

describe.each(INFLUX_LINES)("InfluxDB %s", (line) => {
  const answer = async (uid: DashboardUid, query: string, chosen: Chosen, intervalMs = 1000): Promise<Row[]> => {
    const variables = models.get(uid)?.templating.list ?? [];
    return ask(server(line), interpolate(query, variables, chosen, { ...range(), intervalMs }));
  };

  /** Second of load of a time, by the points' own clock. */
  const clock = async () => {
    const query = `SELECT first("rel_ms") FROM "requests" WHERE "run" = '${facts.record.runId}'`;
    const [row] = await ask(server(line), query);
    const zero = (row?.time ?? 0) - Number(row?.values["first"] ?? 0);
    return (time: number) => Math.round((time - Math.floor(zero / 1000) * 1000) / 1000);
  };

  it.each(uids)("%s: every query of every panel answers what the run's own files say", async (uid) => {
    const model = models.get(uid);
    const queries = model === undefined ? [] : panelQueries(model);
    const expectations = expectationsOf(uid);
    const at = await clock();
    expect(queries.map(({ name }) => name).sort()).toEqual([...expectations.keys()].sort());
    for (const { name, query } of queries) {
      for (const { chosen, intervalMs, answered, expected } of expectations.get(name) ?? []) {
        const rows = await answer(uid, query, { ...chosenIn(uid), ...chosen }, intervalMs);
        expect.soft(rows.length, `${name}: nothing came`).toBeGreaterThan(0);
        expect
          .soft(rounded(answered(rows, at, facts)), `${name} ${JSON.stringify(chosen ?? {})}`)
          .toEqual(rounded(expected(facts, { before, micro })));
      }
    }
  });

  it.each(uids)("%s: every list of values has what was written, and nothing else", async (uid) => {
    const lists: Record<string, readonly string[]> = {};
    for (const { name, type, query } of models.get(uid)?.templating.list ?? []) {
      if (type !== "query") continue;
      lists[name] = (await answer(uid, query, chosenIn(uid))).map((row) => String(row.values["value"])).sort();
    }
    expect(lists).toEqual(LISTS[uid]());
  });

  it.each(uids)("%s: every mark finds its moments", async (uid) => {
    const found: Record<string, readonly unknown[]> = {};
    for (const { name, target } of models.get(uid)?.annotations.list ?? []) {
      const rows = await answer(uid, target.query, chosenIn(uid));
      found[name] = rows.map(({ values }) => values["title"]);
    }
    const { kind } = facts.verdict;
    const all: Record<string, readonly unknown[]> = {
      Runs: [`nightly: ${before.verdict.kind}`, `nightly: ${kind}`, expect.stringMatching(/^micro known: /)],
      Deployments: ["a deployment"],
      "Change points": ["a change_point"],
    };
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, all[name]])));
  });

  it("several endpoints, and names with slashes, brackets, bars and quotes, are chosen as they are", async () => {
    const names = ["GET /a/:id", "x (b) [c]|d.*", "e+f^g$h{i}", "back\\slash", `it's "quoted"`, "plain", "plainer"];
    const time = facts.scenario.outcome.endedAt;
    const client = createInfluxClient(server(line));
    const point = (endpoint: string): Point => ({
      measurement: "latency",
      tags: { run: "hostile", target: "shop", scenario: SCENARIO, endpoint, phase: "measured" },
      fields: { count: 1, p95: 1 },
      time,
    });
    expect(await client.write(names.map(point).map(toLine))).toEqual({ kind: "written" });
    client.close();
    const query = panelQueries(await readDashboard("proofload-live")).find(({ name }) =>
      name.includes("against its budget / A"),
    );
    const answeredFor = async (endpoint: string | readonly string[]) => {
      const chosen = { ...chosenIn("proofload-live"), run: "hostile", endpoint };
      const rows = await answer("proofload-live", query?.query ?? "", chosen);
      return rows.map(({ tags }) => tags["endpoint"]).sort();
    };
    for (const name of names) expect(await answeredFor(name)).toEqual([name]);
    expect(await answeredFor(names)).toEqual([...names].sort());
    expect(await answeredFor(["plain", "GET /a/:id"])).toEqual(["GET /a/:id", "plain"]);
    expect(await answeredFor(ALL)).toEqual([...names].sort());
  });

  it("every alert rule looks at what the run's own files say, and fires where it should", async () => {
    const found: Record<string, object> = {};
    for (const rule of await readAlertRules()) found[rule.uid] = await evaluated(rule, server(line), timeFor(rule.uid));
    expect(found).toEqual(alertsOf(before, facts));
  });
});

/** Right after the second run; where a rule looks at summaries, after the commit that they stand at. */
function timeFor(rule: string): number {
  const commit = facts.record.commit?.time;
  const looksAtSummaries = rule === "proofload-throughput-drop";
  return (looksAtSummaries && commit !== undefined ? Date.parse(commit) : facts.scenario.outcome.endedAt) + 1000;
}

const sorted = (values: readonly string[]) => [...new Set(values)].sort();

const runIds = () => sorted([before.record.runId, facts.record.runId]);
const endpoints = () => sorted(facts.scenario.endpoints.map(({ endpoint }) => endpoint));
const parts = () =>
  sorted(facts.samples.flatMap(({ values }) => Object.keys(values).map((key) => key.slice(0, key.indexOf(".")))));

const LISTS: Readonly<Record<DashboardUid, () => Readonly<Record<string, readonly string[]>>>> = {
  "proofload-live": () => ({
    target: ["shop"],
    run: runIds(),
    scenario: [SCENARIO],
    endpoint: sorted([...endpoints(), "canary"]),
  }),
  "proofload-comparison": () => ({ target: ["shop"], run: runIds(), scenario: [SCENARIO], endpoint: endpoints() }),
  "proofload-trends": () => ({ target: ["shop"], suite: ["nightly"], scenario: [SCENARIO], endpoint: endpoints() }),
  "proofload-system": () => ({ target: ["shop"], run: runIds(), scenario: [SCENARIO], part: parts() }),
  "proofload-micro": () => ({
    target: ["shop"],
    subject: ["known"],
    bench: sorted(
      micro.flatMap(({ benches }) =>
        benches.map(({ name, size }) => (size === undefined ? name : `${name} (${size})`)),
      ),
    ),
  }),
};
