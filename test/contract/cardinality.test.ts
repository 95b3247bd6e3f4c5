import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../harness/collect/record.ts";
import type { Reason, ScenarioVerdict } from "../../harness/verdict/verdict.ts";
import { type Ended, json, run, runDirectory } from "../e2e/cli.ts";
import { seriesOf } from "../influx/series.ts";
import { INFLUX_LINES, type InfluxServer, startInfluxd } from "../influx/server.ts";
import { temporaryFolder } from "./k6-bench.ts";
import { databaseTotals } from "./kill-support.ts";
import { startResponder } from "./otlp-k6.ts";

/** PROOFLOAD_TEST_URLS=1000000 makes it the million: six minutes for each line. */
const URLS = Number(process.env["PROOFLOAD_TEST_URLS"] ?? 50_000);

interface Ran extends Ended {
  readonly run: string;
  readonly record: RunRecord;
}

/** `proofload run` of a k6 script, streaming. */
async function runScript(server: InfluxServer, script: string, use: (ran: Ran) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await using service = await startResponder();
  const file = join(folder.path, "script.js");
  await writeFile(file, script);
  const args = ["run", file, "--url", service.url, "--json"];
  const ended = await run(args, { cwd: folder.path, env: { ...server.env } });
  const directory = await runDirectory(folder.path);
  await use({ ...ended, run: basename(directory), record: await json<RunRecord>(join(directory, "record.json")) });
}

describe.each(INFLUX_LINES)("with InfluxDB %s", (line) => {
  it("5,000 distinct names through k6 are INVALID, and the report names them", async () => {
    await using server = await startInfluxd(line);
    const script = `
      import http from "k6/http";
      import exec from "k6/execution";
      export const options = {
        scenarios: { many: { executor: "shared-iterations", vus: 5, iterations: 5000 } },
        thresholds: { http_req_failed: ["rate<0.01"] },
      };
      export default function () {
        http.get(__ENV.PROOFLOAD_BASE_URL, { tags: { name: "name " + exec.scenario.iterationInTest } });
      }
    `;
    await runScript(server, script, async ({ exitCode, stdout, record, run }) => {
      expect(exitCode, stdout).toBe(3);
      const { verdict } = JSON.parse(stdout);
      const reasons: readonly Reason[] = verdict.scenarios.flatMap((one: ScenarioVerdict) => one.reasons);
      expect(reasons.map(({ code }) => code)).toContain("overflow series");
      expect(reasons.find(({ code }) => code === "too many series")?.sentence).toMatch(/endpoint.*name \d+/);
      expect(record.scenarios[0]?.instrument.overflowSeries).toBeGreaterThan(0);
      const series = await seriesOf(server, run);
      expect(series.length).toBeLessThanOrEqual(1000);
      expect(new Set(series.map(({ tags }) => tags["endpoint"])).has("__other__")).toBe(true);
      // The canary's are among them.
      const counted = record.scenarios[0]?.books.lines.find(({ metric }) => metric === "http_reqs")?.k6;
      expect(counted).toBeGreaterThan(5000);
      expect((await databaseTotals(server, run)).http_reqs).toBe(counted);
    });
  });

  it(`${URLS} distinct URLs under one name are one series, and PASS`, { timeout: 900_000 }, async () => {
    await using server = await startInfluxd(line);
    const script = `
      import http from "k6/http";
      import { sleep } from "k6";
      import exec from "k6/execution";
      export const options = {
        scenarios: { many: { executor: "shared-iterations", vus: 8, iterations: ${URLS}, maxDuration: "15m" } },
        thresholds: { http_req_failed: ["rate<0.01"] },
      };
      // Never at full speed: a generator that has to share its cores with the rest would make the run INVALID.
      export default function () {
        const url = __ENV.PROOFLOAD_BASE_URL + "/items/" + exec.scenario.iterationInTest;
        http.get(url, { tags: { name: "items.read" } });
        sleep(0.002);
      }
    `;
    await runScript(server, script, async ({ exitCode, stdout, stderr, record, run }) => {
      expect(exitCode, `${stdout}${stderr}`).toBe(0);
      const own = (await seriesOf(server, run)).filter(({ measurement }) => measurement === "requests");
      const named = own.filter(({ tags }) => tags["endpoint"] === "items.read");
      expect(named.length).toBe(1);
      expect(record.scenarios[0]?.instrument.overflowSeries).toBe(0);
      const requests = record.scenarios[0]?.endpoints.find(({ endpoint }) => endpoint === "items.read")?.requests;
      expect(requests).toBe(URLS);
    });
  });
});
