import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts, LOOPBACK } from "../../harness/environment/free-port.ts";

/** What a network or a database does on a bad day. It applies to every request that begins while it is set. */
export type Fault =
  | { readonly kind: "none" }
  /** Nobody listens: connections are refused, open ones are cut at once. */
  | { readonly kind: "down" }
  /** Answered here after the whole request was taken; the database never hears of it. */
  | { readonly kind: "status"; readonly status: 503 | 429 | 500; readonly retryAfterSeconds?: number }
  /** The database gets the request at once, its answer comes `ms` later. */
  | { readonly kind: "latency"; readonly ms: number }
  /**
   * The client's connection is cut without an answer, after the database got and answered `all` of the request, got
   * the first half of its body (`part`, its connection is cut too), or got `nothing`.
   */
  | { readonly kind: "cut"; readonly upstreamGot: "all" | "part" | "nothing" }
  /** Each request meets one of `faults`, chosen by a generator with this seed, or (`share` of 1) none. */
  | { readonly kind: "storm"; readonly seed: number; readonly share: number; readonly faults: readonly StormFault[] };

export type StormFault = Exclude<Fault, { kind: "storm" | "down" | "none" }>;

export interface FaultCounts {
  readonly requests: number;
  /** The database answered, whether the client saw it or not. */
  readonly reachedUpstream: number;
  /** The client got the database's own answer. */
  readonly answered: number;
  readonly faults: Readonly<Record<"status" | "latency" | "cut", number>>;
}

export interface FaultProxy extends AsyncDisposable {
  /** Stays the same through `down`. */
  readonly url: string;
  /** Resolves when it is in force. */
  set(fault: Fault): Promise<void>;
  counts(): FaultCounts;
  close(): Promise<void>;
}

/** Stands between a client and `upstreamUrl` (http, loopback); without a fault it hands everything through. */
export async function startFaultProxy(upstreamUrl: string): Promise<FaultProxy> {
  const upstream = new URL(upstreamUrl);
  const [port] = await freePorts(1);
  const sockets = new Set<Socket>();
  const counts = { requests: 0, reachedUpstream: 0, answered: 0, faults: { status: 0, latency: 0, cut: 0 } };
  let fault: Fault = { kind: "none" };
  let random = generator(0);
  let server: Server | undefined = await listen();

  async function listen(): Promise<Server> {
    const listening = createServer(
      (incoming, outgoing) => void serve(incoming, outgoing).catch(() => outgoing.destroy()),
    );
    listening.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    listening.listen({ port, host: LOOPBACK });
    await once(listening, "listening");
    return listening;
  }

  async function shut(): Promise<void> {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = once(closing, "close");
    closing.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    counts.requests += 1;
    const met = meets(fault, random);
    const body = await bodyOf(incoming);
    if (met.kind === "status") {
      counts.faults.status += 1;
      const retryAfter = met.retryAfterSeconds === undefined ? {} : { "retry-after": String(met.retryAfterSeconds) };
      outgoing.writeHead(met.status, { "content-type": "application/json", ...retryAfter });
      outgoing.end(JSON.stringify({ code: "unavailable", message: "fault proxy" }));
      return;
    }
    if (met.kind === "cut") {
      counts.faults.cut += 1;
      if (met.upstreamGot === "part") await forwardHalf(incoming, body);
      if (met.upstreamGot === "all") {
        await forward(incoming, body);
        counts.reachedUpstream += 1;
      }
      incoming.socket.resetAndDestroy();
      return;
    }
    const answer = await forward(incoming, body);
    counts.reachedUpstream += 1;
    if (met.kind === "latency") {
      counts.faults.latency += 1;
      await sleep(met.ms);
    }
    if (outgoing.destroyed) return;
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(answer.body);
    counts.answered += 1;
  }

  interface UpstreamAnswer {
    readonly status: number;
    readonly headers: string[];
    readonly body: Buffer;
  }

  function open(incoming: IncomingMessage, body: Buffer) {
    const headers = [...incoming.rawHeaders];
    // Buffered here, so its length is known; the rest goes through as it came.
    for (let at = headers.length - 2; at >= 0; at -= 2) {
      if (/^(transfer-encoding|content-length|connection)$/i.test(headers[at] ?? "")) headers.splice(at, 2);
    }
    headers.push("content-length", String(body.length));
    return request({
      host: upstream.hostname,
      port: upstream.port,
      method: incoming.method,
      path: incoming.url,
      headers,
      agent: false,
    });
  }

  async function forward(incoming: IncomingMessage, body: Buffer): Promise<UpstreamAnswer> {
    const call = open(incoming, body);
    call.end(body);
    const [response] = (await once(call, "response")) as [IncomingMessage];
    const headers = response.rawHeaders.filter(
      (_, at, all) => !/^(transfer-encoding|connection)$/i.test(all[at & ~1] ?? ""),
    );
    return { status: response.statusCode ?? 502, headers, body: await bodyOf(response) };
  }

  async function forwardHalf(incoming: IncomingMessage, body: Buffer): Promise<void> {
    const call = open(incoming, body);
    call.on("error", () => {}); // its own end of a connection that is cut here
    await new Promise<void>((resolve) => call.write(body.subarray(0, body.length >> 1), () => resolve()));
    call.destroy();
  }

  return {
    url: `http://${LOOPBACK}:${port}`,
    async set(next) {
      fault = next;
      if (next.kind === "storm") random = generator(next.seed);
      if (next.kind === "down") await shut();
      else server ??= await listen();
    },
    counts: () => structuredClone(counts),
    close: shut,
    [Symbol.asyncDispose]: shut,
  };
}

function meets(fault: Fault, random: () => number): Exclude<Fault, { kind: "storm" }> {
  if (fault.kind !== "storm") return fault;
  if (random() >= fault.share) return { kind: "none" };
  return fault.faults[Math.floor(random() * fault.faults.length)] ?? { kind: "none" };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Mulberry32: the same seed, the same storm. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
