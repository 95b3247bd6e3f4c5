import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ProofloadError } from "../errors.ts";
import { decodeExport, type MetricsExport } from "./otlp.ts";
import { LARGEST_BODY, type LogFile, openRawLog } from "./raw-log.ts";

export interface ReceiverOptions {
  /** Folder of the scenario; the raw log in it is named metrics.otlp. */
  readonly directory: string;
  /** First part of the path, known to this run's k6 only, so that two runs cannot mix. */
  readonly secret: string;
  /** Called with every export after it was acknowledged; what it throws is not the sender's concern. */
  readonly onExport?: (received: MetricsExport) => void;
  /** Bytes that may be held before they are on the disk; beyond, senders are asked to come back. */
  readonly mostHeldBytes?: number;
  /** Tests put a failing disk here. */
  readonly openFile?: (path: string) => Promise<LogFile>;
}

export interface ReceiverCounts {
  /** Exports on the disk and acknowledged. */
  readonly kept: number;
  /** Exports answered with 503: their sender was told to come back. */
  readonly refused: number;
  /** Senders that left before their export was complete. */
  readonly broken: number;
  /** Requests to another path or in another encoding. */
  readonly foreign: number;
  /** Exports that are on the disk but could not be decoded for the listener. */
  readonly undecodable: number;
  /** Why the last export was refused. */
  readonly lastTrouble?: string;
}

export interface Receiver extends AsyncDisposable {
  /** "127.0.0.1:40123", for K6_OTEL_HTTP_EXPORTER_ENDPOINT. */
  readonly address: string;
  /** "/<secret>/v1/metrics", for K6_OTEL_HTTP_EXPORTER_URL_PATH. */
  readonly path: string;
  readonly logFile: string;
  counts(): ReceiverCounts;
  /** Takes no new connection, waits for the bodies under way and has them on the disk. */
  close(): Promise<void>;
}

/** Senders repeat an export after 429, 502, 503 and 504 only, and never after a connection that was closed on them. */
const COME_BACK = { "retry-after": "1" };
const PROTOBUF = { "content-type": "application/x-protobuf" };
const unzip = promisify(gunzip);

/**
 * Opens an OTLP/HTTP receiver on a free loopback port. It answers 200 only for what is on the disk, and 503 in any
 * trouble of its own. Throws PL_RUN_DIRECTORY when the log cannot be opened, PL_RECEIVER when no port can.
 */
export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { mostHeldBytes = 2 * LARGEST_BODY } = options;
  const logFile = join(options.directory, "metrics.otlp");
  const log = await openRawLog(logFile, options.openFile);
  const path = `/${options.secret}/v1/metrics`;
  const counts = { kept: 0, refused: 0, broken: 0, foreign: 0, undecodable: 0 };
  const underWay = new Set<Promise<void>>();
  let held = 0;
  let lastTrouble: string | undefined;

  const refuse = (response: ServerResponse, why: unknown) => {
    counts.refused += 1;
    lastTrouble = why instanceof Error ? why.message : String(why);
    answer(response, 503, COME_BACK);
  };

  const reject = (request: IncomingMessage, response: ServerResponse, status: number) => {
    counts.foreign += 1;
    request.resume();
    answer(response, status);
  };

  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (request.url !== path) return reject(request, response, 404);
    if (request.method !== "POST") return reject(request, response, 405);
    if (encoding !== "identity" && encoding !== "gzip") return reject(request, response, 415);
    const read = await readBody(request, {
      take: (bytes) => {
        held += bytes;
        return held <= mostHeldBytes;
      },
    });
    try {
      if (read.state === "broken") {
        counts.broken += 1;
        return;
      }
      if (read.state === "too much") {
        return refuse(response, "more was sent than the disk takes");
      }
      await keep(encoding === "gzip" ? await unzip(read.body, { maxOutputLength: LARGEST_BODY }) : read.body, response);
    } catch (error) {
      refuse(response, error);
    } finally {
      held -= read.bytes;
    }
  };

  const keep = async (body: Uint8Array, response: ServerResponse) => {
    if (body.length > LARGEST_BODY) throw new Error(`an export of ${body.length} bytes`);
    await log.append(body);
    counts.kept += 1;
    // The client may have gone meanwhile: its export is kept all the same.
    answer(response, 200, PROTOBUF);
    if (options.onExport !== undefined) tell(options.onExport, body);
  };

  const tell = (listener: (received: MetricsExport) => void, body: Uint8Array) => {
    let received: MetricsExport;
    try {
      received = decodeExport(body);
    } catch {
      counts.undecodable += 1;
      return;
    }
    try {
      listener(received);
    } catch {
      // What shows progress must not disturb what is measured.
    }
  };

  const server = createServer((request, response) => {
    const done = receive(request, response).catch((error: unknown) => refuse(response, error));
    underWay.add(done);
    void done.finally(() => underWay.delete(done));
  });
  // Never the one to hang up: a sender that was held up (a stopped process, a busy machine) may come late.
  Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0, timeout: 0 });
  const { port } = await listen(server).catch(async (cause: Error) => {
    await log.close();
    throw new ProofloadError("PL_RECEIVER", `The receiver finds no free loopback port: ${cause.message}`, { cause });
  });

  let closing: Promise<void> | undefined;
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    while (underWay.size > 0) await Promise.all(underWay);
    server.closeAllConnections();
    await closed;
    await log.close();
  };
  const closeOnce = () => {
    closing ??= close();
    return closing;
  };

  return {
    address: `127.0.0.1:${port}`,
    path,
    logFile,
    counts: () => ({ ...counts, ...(lastTrouble === undefined ? {} : { lastTrouble }) }),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

function listen(server: ReturnType<typeof createServer>): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the server has no port"));
      else resolve(address);
    });
  });
}

type Body =
  | { readonly state: "whole"; readonly body: Buffer; readonly bytes: number }
  | { readonly state: "too much"; readonly bytes: number }
  | { readonly state: "broken"; readonly bytes: number };

/** Reads to the end in any case: an answer before the end of the body would cut the connection. */
function readBody(request: IncomingMessage, held: { take(bytes: number): boolean }): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let fits = true;
  return new Promise((resolve) => {
    request.on("data", (chunk: Buffer) => {
      if (!fits) return;
      bytes += chunk.length;
      fits = held.take(chunk.length);
      if (fits) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on("end", () =>
      resolve(fits ? { state: "whole", body: Buffer.concat(chunks), bytes } : { state: "too much", bytes }),
    );
    request.on("error", () => resolve({ state: "broken", bytes }));
    request.on("close", () => resolve({ state: "broken", bytes }));
  });
}

function answer(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-length": "0", ...headers });
  response.end();
}
