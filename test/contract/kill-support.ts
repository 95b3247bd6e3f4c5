/** What the tests that kill share: a proxy that writes down what was acknowledged, and what a database holds. */
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createInfluxClient } from "../../harness/collect/influx/client.ts";
import type { K6Summary } from "../../harness/collect/k6-summary.ts";
import type { InfluxServer } from "../influx/server.ts";

export interface RecordingProxy extends AsyncDisposable {
  /** "127.0.0.1:40123" */
  readonly address: string;
  /** Bodies that the receiver answered with 200, in the order of the answers. */
  readonly acknowledged: readonly Buffer[];
  /** Where the receiver is: "127.0.0.1:4318". */
  pointTo(upstream: string): void;
  /** Resolves when one more body has been handed on to the receiver. */
  handedOn(): Promise<void>;
}

/** How a receiver of another process says where it is; see test/fixtures/recorded-receiver.mjs. */
const POINT_TO = "/point-to/";

/**
 * Stands between k6 and the receiver, and notes what the receiver has acknowledged: nobody asks the receiver itself.
 * When that is gone the connection breaks, as it would without the proxy.
 */
export async function startRecordingProxy(): Promise<RecordingProxy> {
  const acknowledged: Buffer[] = [];
  let upstream = "";
  let next = Promise.withResolvers<void>();
  const server = createServer(async (received, response) => {
    const { method, headers, url = "" } = received;
    if (url.startsWith(POINT_TO)) {
      upstream = url.slice(POINT_TO.length);
      response.end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of received) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const onward = request(`http://${upstream}${url}`, { method, headers, agent: false }, async (answer) => {
      const status = answer.statusCode ?? 0;
      if (status === 200) acknowledged.push(body);
      response.writeHead(status, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    onward.end(body, () => {
      next.resolve();
      next = Promise.withResolvers();
    });
  });
  server.on("clientError", (_, socket) => socket.destroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    acknowledged,
    pointTo: (to) => {
      upstream = to;
    },
    handedOn: () => next.promise,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Every kind of count: counters, trends of k6, a rate, a trend of the script. */
const COUNTED = {
  http_reqs: ["requests", "count"],
  http_req_duration: ["requests", "duration_count"],
  iterations: ["iterations", "count"],
  iteration_duration: ["iterations", "duration_count"],
  http_req_waiting: ["timings", "waiting_count"],
  checks: ["checks", "passes", "fails"],
  latency: ["trends", "count"],
} as const satisfies Record<string, readonly [measurement: string, ...fields: string[]]>;

type Totals = Readonly<Record<keyof typeof COUNTED, number>>;

/** The sums that the database gives for a run, in statements of the test's own. */
export async function databaseTotals(server: InfluxServer, run: string): Promise<Totals> {
  const client = createInfluxClient(server);
  const totals: Record<string, number> = {};
  for (const [metric, [measurement, ...fields]] of Object.entries(COUNTED)) {
    const named = measurement === "trends" ? ` AND "metric" = '${metric}'` : "";
    const sums = fields.map((field) => `sum("${field}") AS "${field}"`).join(", ");
    const rows = await client.query(`SELECT ${sums} FROM "${measurement}" WHERE "run" = '${run}'${named}`);
    totals[metric] = rows
      .flatMap(({ values }) => fields.map((field) => Number(values[field] ?? 0)))
      .reduce((a, b) => a + b, 0);
  }
  client.close();
  return totals as Totals;
}

/** The same counts in k6's own summary, or in what a log holds. */
export function summaryTotals(of: Pick<K6Summary, "totals">): Totals {
  const all = of.totals();
  return Object.fromEntries(Object.keys(COUNTED).map((metric) => [metric, all.get(metric) ?? 0])) as Totals;
}
