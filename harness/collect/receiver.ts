import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ProofloadError } from "../errors.ts";
import { decodeExport, type MetricsExport } from "./otlp.ts";
import { type LogFile, type OpenedLog, openRawLog } from "./raw-log.ts";
import { LARGEST_BODY } from "./raw-log-records.ts";
import { type HeldBytes, heldBytes, readBody, unpack } from "./request-body.ts";

export interface ReceiverOptions {
  /** Folder of the scenario; the raw log in it is named metrics.otlp. */
  readonly directory: string;
  /** First part of the path, known to this run's k6 only, so that two runs cannot mix. */
  readonly secret: string;
  /** Loopback port; a free one when it is left out. */
  readonly port?: number;
  /** Called with every export after it was acknowledged; what it throws is not the sender's concern. */
  readonly onExport?: (received: MetricsExport) => void;
  /** Called after every acknowledged export with the bytes of the log that are on the disk. */
  readonly onKept?: (logEnd: number) => void;
  /** Bytes that may be held before they are on the disk; beyond, senders are asked to come back. */
  readonly mostHeldBytes?: number;
  /** Tests put a failing disk here. */
  readonly openFile?: (path: string) => Promise<LogFile>;
}

export interface ReceiverCounts {
  /** Exports on the disk and acknowledged. */
  readonly kept: number;
  /** Exports answered with 429 or 503: their sender was told to come back. */
  readonly refused: number;
  /** Senders that left before their export was complete. */
  readonly broken: number;
  /** Requests that are no export of ours: another path, another encoding, damaged, or larger than any export. */
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
  /** What the log held before. */
  readonly opened: OpenedLog;
  /** Bytes of the log that are on the disk for good. */
  logEnd(): number;
  counts(): ReceiverCounts;
  /** Takes no new connection, waits for the bodies under way and has them on the disk. */
  close(): Promise<void>;
}

/** Senders repeat an export after 429, 502, 503 and 504 only, and never after a connection that was closed on them. */
const COME_BACK = { "retry-after": "1" };
const PROTOBUF = { "content-type": "application/x-protobuf" };
/** A thousand generators; what an idle connection costs is memory too. */
const MOST_CONNECTIONS = 1000;

/**
 * Opens an OTLP/HTTP receiver on a loopback port. It answers 200 only for what is on the disk, 429 while more comes in
 * than the disk takes, and 503 in any other trouble of its own. Throws PL_RUN_DIRECTORY when the log cannot be opened,
 * PL_PORT_TAKEN when the port is another program's, PL_RECEIVER when there is none at all.
 */
export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const logFile = join(options.directory, "metrics.otlp");
  const log = await openRawLog(logFile, options.openFile);
  const path = `/${options.secret}/v1/metrics`;
  const counts = { kept: 0, refused: 0, broken: 0, foreign: 0, undecodable: 0 };
  const underWay = new Set<Promise<void>>();
  const held: HeldBytes = heldBytes(options.mostHeldBytes ?? 2 * LARGEST_BODY);
  let lastTrouble: string | undefined;

  const refuse = (response: ServerResponse, status: 429 | 503, why: unknown) => {
    counts.refused += 1;
    lastTrouble = why instanceof Error ? why.message : String(why);
    answer(response, status, COME_BACK);
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
    using share = held.share();
    const read = await readBody(request, share);
    const body = read.state === "whole" && encoding === "gzip" ? await unpack(read.body, share) : read;
    switch (body.state) {
      case "broken":
        counts.broken += 1;
        return;
      case "no room":
        return refuse(response, 429, "more was sent than the disk takes");
      case "too large":
        return reject(request, response, 413);
      case "damaged":
        return reject(request, response, 400);
      case "whole":
        // Awaited, so that its share is held until it is on the disk.
        return await keep(body.body, response);
    }
  };

  const keep = async (body: Uint8Array, response: ServerResponse) => {
    await log.append(body);
    counts.kept += 1;
    // The client may have gone meanwhile: its export is kept all the same.
    answer(response, 200, PROTOBUF);
    options.onKept?.(log.end());
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
    const done = receive(request, response).catch((error: unknown) => refuse(response, 503, error));
    underWay.add(done);
    void done.finally(() => underWay.delete(done));
  });
  // Never the one to hang up: a sender that was held up (a stopped process, a busy machine) may come late.
  Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0, timeout: 0 });
  server.maxConnections = MOST_CONNECTIONS;
  const { port } = await listen(server, options.port ?? 0).catch(async (cause: NodeJS.ErrnoException) => {
    await log.close();
    throw noPort(options.port, cause);
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
    opened: log.opened,
    logEnd: () => log.end(),
    counts: () => ({ ...counts, ...(lastTrouble === undefined ? {} : { lastTrouble }) }),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the server has no port"));
      else resolve(address);
    });
  });
}

function noPort(port: number | undefined, cause: NodeJS.ErrnoException): ProofloadError {
  return port !== undefined && cause.code === "EADDRINUSE"
    ? new ProofloadError("PL_PORT_TAKEN", `port ${port} of 127.0.0.1 is taken by another program`, { cause })
    : new ProofloadError("PL_RECEIVER", `The receiver finds no loopback port: ${cause.message}`, { cause });
}

function answer(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-length": "0", ...headers });
  response.end();
}
