import { once } from "node:events";
import { cp, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRecord, ScenarioRecord } from "../../harness/collect/record.ts";
import type { Comparison } from "../../harness/verdict/compare.ts";
import { folder, json, run } from "./cli.ts";

/** A k6 script as somebody would write it, and the same with other words and other names. */
const SCRIPT = (rate: number) => `import http from "k6/http";
export const options = { scenarios: { steady: {
  executor: "constant-arrival-rate", rate: ${rate}, timeUnit: "1s", duration: "2s", preAllocatedVUs: 5 } } };
export default function () {
  const answer = http.get(__ENV.PROOFLOAD_BASE_URL + "/", { tags: { name: "home" } });
  if (answer.status !== 200) throw new Error("not well");
}
`;
const REWORDED = SCRIPT(100)
  .replaceAll("answer", "whatTheServiceSaid")
  .replace("export default", "// Said in other words.\n\n\nexport default");

describe("`proofload compare` on three short runs", () => {
  let here: Awaited<ReturnType<typeof folder>>;
  let service: Server;
  const ids: string[] = [];
  const compare = (...args: readonly string[]) => run(["compare", ...args], { cwd: here.path });
  const runs = () => join(here.path, ".proofload", "runs");

  beforeAll(async () => {
    here = await folder();
    service = createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
    await once(service, "listening");
    const address = service.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const script = join(here.path, "home.ts");
    for (const text of [SCRIPT(100), REWORDED, SCRIPT(50)]) {
      await writeFile(script, text);
      const ended = await run(["run", script, "--url", url, "--json"], { cwd: here.path });
      ids.push(JSON.parse(ended.stdout).record.runId);
    }
  });
  afterAll(async () => {
    service.close();
    await here[Symbol.asyncDispose]();
  });

  it("shows two runs of one workload, though the second was worded differently, and gives no verdict", async () => {
    const [first = "", second = ""] = ids;
    const ended = await compare(first, second, "--json");
    expect(ended.stderr).toBe("");
    const comparison: Comparison = JSON.parse(ended.stdout);
    expect(comparison.differences).toEqual([]);
    const p95 = comparison.rows.find(({ subject, statistic }) => subject.name === "home" && statistic === "p95");
    const measured = async (id: string) => {
      const { scenarios } = await json<RunRecord>(join(runs(), id, "record.json"));
      return scenarios[0]?.endpoints.find(({ phase }) => phase === "measured")?.latency?.p95 ?? Number.NaN;
    };
    // Of an unchanged script only the edges of the bucket are known; the record has the upper one.
    const [left, right] = [await measured(first), await measured(second)];
    expect(p95).toMatchObject({ left: { upper: left }, right: { upper: right } });
    const edges = p95 as unknown as Record<"left" | "right" | "ratio", { lower: number; upper: number }>;
    expect(edges.ratio.lower).toBeCloseTo(edges.right.lower / edges.left.upper, 10);
    expect(edges.ratio.upper).toBeCloseTo(edges.right.upper / edges.left.lower, 10);
    const shown = await compare("last~2", "last~1");
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toContain("One run against one run is no evidence of a difference");
    expect((await compare("last~2", "last~1", "--markdown")).stdout).toContain("| home | home | p95 |");
  });

  it("refuses another rate, says what differs, and compares with --force", async () => {
    const refused = await compare("last~1", "last");
    expect([refused.exitCode, refused.stdout]).toEqual([4, ""]);
    expect(refused.stderr).toContain("PL_UNLIKE");
    expect(refused.stderr).toContain("workload.home.streams.steady.measured.rate: left 100, right 50");
    const forced = await compare("last~1", "last", "--force");
    expect(forced.exitCode).toBe(0);
    expect(forced.stdout).toContain("forced");
  });

  const layout = (cpus: number) => {
    const share = { cpus, cpuset: "0", memoryBytes: 2 ** 28 };
    const parts = { service: share, postgres: share, redis: share, generator: share };
    return { profile: "small", scale: 1, parts, sharesCores: true, postgres: {}, redis: {} };
  };
  const inContainers = (
    record: RunRecord,
    change: (scenario: ScenarioRecord) => Partial<ScenarioRecord["environment"]>,
  ) => ({
    ...record,
    scenarios: record.scenarios.map((one) => ({
      ...one,
      environment: { ...one.environment, kind: "containers" as const, ...change(one) },
    })),
  });
  const image = (digest: string) => [{ name: "postgres" as const, image: { name: "postgres:18", digest } }];

  it.each<readonly [string, (record: RunRecord) => RunRecord, (record: RunRecord) => RunRecord]>([
    [
      "machine.kernel: left Linux 5.0, right Linux 6.0",
      ({ fingerprint, ...rest }) => ({
        ...rest,
        fingerprint: { ...fingerprint, machine: { ...fingerprint.machine, kernel: "Linux 5.0" } },
      }),
      ({ fingerprint, ...rest }) => ({
        ...rest,
        fingerprint: { ...fingerprint, machine: { ...fingerprint.machine, kernel: "Linux 6.0" } },
      }),
    ],
    [
      "environment.profile.parts.service.cpus: left 0.5, right 1",
      (record) => inContainers(record, () => ({ layout: layout(0.5) })),
      (record) => inContainers(record, () => ({ layout: layout(1) })),
    ],
    [
      "environment.parts.postgres.image: left sha256:1, right sha256:2",
      (record) => inContainers(record, () => ({ parts: image("sha256:1") })),
      (record) => inContainers(record, () => ({ parts: image("sha256:2") })),
    ],
  ])("refuses stored records that differ: %s", async (said, left, right) => {
    const [first = ""] = ids;
    for (const [name, edit] of [
      ["left", left],
      ["right", right],
    ] as const) {
      await cp(join(runs(), first), join(here.path, name), { recursive: true });
      const record = await json<RunRecord>(join(runs(), first, "record.json"));
      await writeFile(join(here.path, name, "record.json"), JSON.stringify(edit(record)));
    }
    const refused = await compare("./left", "./right");
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain(said);
    expect((await compare("./left", "./left")).exitCode).toBe(0);
  });

  it("shows the machine and its speed in every report of a run", async () => {
    const [first = ""] = ids;
    const { fingerprint } = await json<RunRecord>(join(runs(), first, "record.json"));
    expect(fingerprint.k6?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await json(join(runs(), first, "environment.json"))).toMatchObject({ kind: "url", fingerprint });
    for (const file of ["report.html", "report.md"]) {
      const text = await readFile(join(runs(), first, file), "utf8");
      expect(text, file).toContain(fingerprint.machine.kernel);
      expect(text, file).toMatch(/M steps\/s/);
    }
  });
});
