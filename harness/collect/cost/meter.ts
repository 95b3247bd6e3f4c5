import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Counters } from "../../environment/counters.ts";
import type { Costs, CountedRequest, Span } from "./costs.ts";
import { isQuiet, type Moment, spanOf } from "./span.ts";

interface Meter extends AsyncDisposable {
  /** For k6: "http://127.0.0.1:34567/9f…" */
  readonly url: string;
  readonly address: string;
  /** Resolves when every endpoint was asked often enough. */
  readonly done: Promise<void>;
  costs(): Costs;
  /** The first thing that went wrong while counting. */
  readonly trouble: unknown;
}

interface MeterOptions {
  /** Absent where the servers are not ours to ask. */
  readonly counters: Counters | undefined;
  /** Of the service so far, in nanoseconds. */
  readonly cpuNs: () => number | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly onRequest?: (counted: number) => void;
}

const ADDRESS = "127.0.0.1";
/** How long the service is watched while nobody asks; batches that it writes behind its answers fall into it. */
const IDLE_MS = 1000;
/** An answer is counted when nothing more has happened for so long, but is not waited for longer than LONGEST_MS. */
const QUIET_MS = 5;
const LONGEST_MS = 250;

const said = z.object({
  endpoint: z.string(),
  status: z.number(),
  ok: z.boolean(),
  bytes: z.number().optional(),
});

/** k6 asks it before and after every request, and waits for its answer: nothing else runs while it reads. */
export async function openMeter({ counters, cpuNs, now, onRequest }: MeterOptions): Promise<Meter> {
  const secret = randomBytes(12).toString("hex");
  const requests: CountedRequest[] = [];
  const idle: Span[] = [];
  let before: Moment | undefined;
  let trouble: unknown;
  const { promise: done, resolve } = Promise.withResolvers<void>();

  async function look(): Promise<Moment> {
    const reading = (await counters?.read()) ?? {};
    const spent = cpuNs();
    return { ...reading, at: now(), ...(spent === undefined ? {} : { cpuNs: spent }) };
  }
  async function watchIdle(): Promise<void> {
    const first = await look();
    await sleep(IDLE_MS);
    idle.push(spanOf(first, await look()));
  }
  /** Work that the service does behind its answer is the request's too. */
  async function whenQuiet(): Promise<Moment> {
    let last = await look();
    for (const end = last.at + LONGEST_MS; counters !== undefined && last.at < end; ) {
      await sleep(QUIET_MS);
      const next = await look();
      const quiet = isQuiet(spanOf(last, next));
      last = next;
      if (quiet) break;
    }
    return last;
  }
  async function answer(what: string, request: IncomingMessage): Promise<void> {
    const text = await bodyOf(request);
    switch (what) {
      case "idle": {
        await watchIdle();
        return;
      }
      case "before":
        before = await look();
        return;
      case "after": {
        const { bytes, ...rest } = said.parse(JSON.parse(text));
        if (before === undefined) throw new Error("a request was answered that never began");
        requests.push({ ...rest, ...(bytes === undefined ? {} : { bytes }), ...spanOf(before, await whenQuiet()) });
        before = undefined;
        onRequest?.(requests.length);
        return;
      }
      case "done":
        await watchIdle();
        return resolve();
      default:
        throw new Error(`nobody knows ${what}`);
    }
  }

  const server = createServer((request, response) => {
    const [, given, what = ""] = (request.url ?? "").split("/");
    if (given !== secret) {
      response.writeHead(404).end();
      return;
    }
    answer(what, request).then(
      () => response.writeHead(204).end(),
      (error: unknown) => {
        trouble ??= error;
        response.writeHead(500).end();
      },
    );
  });
  const port = await listen(server);
  return {
    url: `http://${ADDRESS}:${port}/${secret}`,
    address: ADDRESS,
    done,
    costs: () => ({ idle, requests }),
    get trouble() {
      return trouble;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, ADDRESS, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const part of request) text += String(part);
  return text;
}
