import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import type { Measure, ScenarioRecord } from "../../harness/collect/record.ts";
import type { Environment } from "../../harness/environment/environment.ts";
import { openGuard } from "../../harness/environment/guard.ts";
import { startGuardian } from "../../harness/environment/guardian.ts";
import { prepareScript } from "../../harness/load/prepare-script.ts";
import { measure } from "../../harness/measure.ts";
import { intendedRows } from "../../harness/report/waiting.ts";
import { endpointPlan, open, pinnedK6, REPOSITORY, scenarioPlan, temporaryFolder } from "./k6-bench.ts";

const never = new AbortController().signal;
const STOPPED_MS = 6000;
const SECONDS = 10;
const RATE = 20;

const STOPPED_ARRIVALS = (RATE * STOPPED_MS) / 1000;
/** An arrival long after all who waited were answered: when it is handled says when each arrival came by the schedule. */
const UNDISTURBED = STOPPED_ARRIVALS + 2 * RATE;

/**
 * Says where it listens; "answered" after the first answer to /many, so that nobody waits who came before the stop; and
 * for how many milliseconds the last but one of those who come in the stop had waited by the schedule.
 */
const SERVICE = `
  const handled = [];
  const server = require("node:http").createServer((request, response) => {
    if (request.url === "/many") {
      handled.push(performance.now());
      if (handled.length === 1) response.on("finish", () => console.log("answered"));
      if (handled.length === ${UNDISTURBED}) {
        console.log(handled[${STOPPED_ARRIVALS - 1}] - handled.at(-1) + ${((UNDISTURBED - STOPPED_ARRIVALS) / RATE) * 1000});
      }
    }
    response.end("ok");
  });
  server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port));
`;

interface Service extends AsyncDisposable {
  readonly url: string;
  /** Stops it for 6 s, from the first answer on; resolves to how long one of the last who waited did, in milliseconds. */
  readonly lastWait: Promise<number>;
}

async function stoppingService(): Promise<Service> {
  const child = spawn(process.execPath, ["-e", SERVICE], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: url } = await lines.next();
  const pause = async () => {
    await lines.next();
    await wait(10);
    child.kill("SIGSTOP");
    await wait(STOPPED_MS);
    child.kill("SIGCONT");
    return Number((await lines.next()).value);
  };
  return {
    url: String(url),
    lastWait: pause(),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A service that is somebody else's: nothing is started or reset. */
function environmentOf(baseUrl: string): Environment {
  return {
    kind: "url",
    baseUrl,
    parts: [],
    reset: async () => {},
    scrape: async () => undefined,
    facts: () => ({ kind: "url", baseUrl, parts: [], limits: [] }),
    onFailure: () => () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Two streams of the same rate: one with VUs for all who wait, one with five. */
async function stopInTheMiddle(): Promise<{ record: ScenarioRecord; lastWaitMs: number }> {
  const k6 = await pinnedK6();
  await using folder = await temporaryFolder();
  await using guardian = await startGuardian({ runId: `contract-${process.pid}-${Date.now()}`, env: process.env });
  await using service = await stoppingService();
  const file = join(folder.path, "scenario.ts");
  await writeFile(
    file,
    `import { endpoint } from "${join(REPOSITORY, "scenarios/lib")}/endpoint.ts";
     const [many, few] = [endpoint("many"), endpoint("few")];
     export const askMany = () => { many(); };
     export const askFew = () => { few(); };`,
  );
  const stream = (name: string, exec: string, vus: number) => {
    return { name, exec, measured: open(RATE, SECONDS, vus), calls: { [name]: 1 } };
  };
  const scenario = scenarioPlan(file, {
    measuredSeconds: SECONDS,
    endpoints: [endpointPlan("many", "GET", "/many"), endpointPlan("few", "GET", "/few")],
    streams: [stream("many", "askMany", RATE * 7), stream("few", "askFew", 5)],
  });
  const tools = { k6: k6.path, env: process.env, cwd: folder.path, signal: never };
  const { record } = await measure(scenario, {
    runId: "contract",
    host: { env: process.env, cwd: folder.path, now: () => Date.now(), interrupted: never } as never,
    guardian,
    environment: environmentOf(service.url),
    k6,
    guard: await openGuard(service.url, undefined),
    caps: undefined,
    script: await prepareScript(scenario, tools),
    directory: join(folder.path, "run"),
    stream: undefined,
    signal: never,
  });
  return { record, lastWaitMs: await service.lastWait };
}

test("a service that stands still for 6 s of 10 has the latency that follows from the schedule; drops are bounds", async () => {
  const { record, lastWaitMs } = await stopInTheMiddle();
  // In the formula the last but one comes 100 ms before the stop ends, and all are answered at once. On a busy machine the
  // stop itself and the answering take longer, for everybody by as much.
  const late = lastWaitMs - 2 * (1000 / RATE);
  const endpoint = (name: string) => record.endpoints.find((one) => one.endpoint === name && one.phase === "measured");
  const scheduled = (statistic: Measure["statistic"], name = "many") =>
    record.measures.find(
      (one) => one.metric === "scheduled_latency" && one.statistic === statistic && one.endpoint === name,
    )?.value ?? Number.NaN;

  expect(endpoint("many")).toMatchObject({ dropped: 0, failed: 0 });
  // Arrivals are even over 10 s, and who comes t seconds into the stop waits for 6 − t.
  const { p50 = 0, p75 = 0, p95 = 0 } = endpoint("many")?.latency ?? {};
  for (const [found, expected] of [
    [p50, 1000],
    [p75, 3500],
    [p95, 5500],
    [scheduled("p50"), 1000],
    [scheduled("p75"), 3500],
    [scheduled("p95"), 5500],
  ] as const) {
    expect(Math.abs((found - late) / expected - 1), `${found} ms for ${expected} ms`).toBeLessThan(0.05);
  }

  const few = endpoint("few");
  expect(few?.dropped).toBeGreaterThan(100);
  expect(scheduled("p95", "few")).toBeNaN();
  const rows = intendedRows(record);
  expect(rows.find((row) => row.endpoint === "many")?.withDrops).toBeUndefined();
  // Of those five who did wait the longest took 6 s; all who were dropped would have waited, nobody knows how long.
  expect(rows.find((row) => row.endpoint === "few")).toMatchObject({
    service: [expect.stringMatching(/ms$/), expect.anything(), expect.stringMatching(/^[56]\.\d+ s$/)],
    intended: [expect.anything(), expect.stringMatching(/^> [56]\.\d+ s$/), expect.stringMatching(/^> [56]\.\d+ s$/)],
    withDrops: [expect.anything(), expect.stringMatching(/^> [56]\.\d+ s$/), expect.stringMatching(/^> [56]\.\d+ s$/)],
  });
});
