import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { RunRecord, ScenarioRecord, StreamBooks } from "../../harness/collect/record.ts";
import { type Ended, folder, json, ROOT, runDirectory, start } from "../e2e/cli.ts";

const SLOW_MS = 2500;

/** Answers at once: every tenth item with 404. */
async function startShop(): Promise<AsyncDisposable & { readonly url: string; readonly requests: () => number }> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    response.statusCode = request.url?.endsWith("7") === true ? 404 : 200;
    // Long enough to be the only answer in its bucket of a heat map.
    setTimeout(() => response.end("an item of the list\n"), request.url === "/slow" ? SLOW_MS : 0);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface StreamedRun {
  readonly cwd: string;
  readonly directory: string;
  readonly ended: Ended;
  readonly record: RunRecord;
  readonly scenario: ScenarioRecord;
  readonly stream: StreamBooks;
}

const SCRIPT = join(ROOT, "test", "fixtures", "k6-scripts", "every-metric.js");

export interface ShopLoad {
  /** k6's options. */
  readonly load: Readonly<Record<string, unknown>>;
  /** Seconds at the end of each iteration. */
  readonly pause?: number;
  /** One request takes 2.5 s. */
  readonly slow?: boolean;
  /** Called just before k6 is started. */
  readonly meanwhile?: () => Promise<void>;
}

/** `proofload run` of the script with a sample of every metric, in a folder of its own, streaming to where `env` says. */
export async function runShop(
  env: Readonly<Record<string, string>>,
  { load, pause, slow, meanwhile }: ShopLoad,
  use: (run: StreamedRun) => Promise<void>,
): Promise<void> {
  await using shop = await startShop();
  await using here = await folder();
  const started = start(["run", SCRIPT, "--url", shop.url, "--share-host"], {
    cwd: here.path,
    env: {
      ...env,
      LOAD: JSON.stringify(load),
      ...(pause === undefined ? {} : { PAUSE: String(pause) }),
      ...(slow === true ? { SLOW: "yes" } : {}),
    },
  });
  if (meanwhile !== undefined) await started.said("resetting the data").then(meanwhile);
  const ended = await started.ended;
  const directory = await runDirectory(here.path);
  const record = await json<RunRecord>(join(directory, "record.json")).catch(() => {
    throw new Error(`no record:\n${ended.stderr}`);
  });
  const [scenario] = record.scenarios;
  const stream = scenario?.books.stream;
  if (scenario === undefined || stream === undefined) throw new Error(`nothing was streamed:\n${ended.stderr}`);
  await use({ cwd: here.path, directory, ended, record, scenario, stream });
}
