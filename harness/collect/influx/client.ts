import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { HttpError, InfluxDB } from "@influxdata/influxdb-client";
import { ProofloadError } from "../../errors.ts";
import type { InfluxSettings } from "./settings.ts";
import { messageIn, readWriteAnswer, type WriteAnswer } from "./write-answer.ts";

/** One row of an InfluxQL answer. */
export interface QueryRow {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Column → value; `time` is in epoch milliseconds. */
  readonly values: Readonly<Record<string, number | string | boolean | null>>;
}

export interface InfluxServer {
  /** "1.8.10", "2.7.12", "3.1.0"; "unknown" where the server does not say. */
  readonly version: string;
  /** 1, 2 or 3; 0 where the server does not say. */
  readonly major: number;
}

export interface InfluxClient {
  readonly settings: InfluxSettings;
  /** Sends lines of one batch. Never throws: every outcome is an answer. Aborted requests answer "later". */
  write(lines: readonly string[], signal?: AbortSignal): Promise<WriteAnswer>;
  /** Runs an InfluxQL query. Throws PL_INFLUX when the server cannot be reached or refuses. */
  query(influxql: string, signal?: AbortSignal): Promise<QueryRow[]>;
  /** Throws PL_INFLUX when the server cannot be reached. */
  ping(signal?: AbortSignal): Promise<InfluxServer>;
  /** Deletes every point of a run. False where the server cannot delete (InfluxDB 3). Throws PL_INFLUX. */
  deleteRun(run: string, signal?: AbortSignal): Promise<boolean>;
  /** The text without the token and without a password in it. */
  redact(text: string): string;
  close(): void;
}

interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A server under load may take seconds; what takes longer is asked again. */
const TIMEOUT_MS = 30_000;
/** On the loopback compression costs more than it saves. */
const GZIP_FROM_BYTES = 2000;

/**
 * HTTP through the client library's transport: 1.8, 2.x and 3 alike. Not through its WriteApi, which drops a batch when
 * its buffer is full, on a 4xx and on close, and tells nobody.
 */
export function createInfluxClient(settings: InfluxSettings): InfluxClient {
  const { url, token, org, bucket } = settings;
  const isLocal = /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname);
  // One request at a time is under way: one connection, kept open.
  const agent = url.startsWith("https:") ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const { transport } = new InfluxDB({
    url,
    ...(token === undefined ? {} : { token }),
    timeout: TIMEOUT_MS,
    transportOptions: { agent },
  });
  const [database = "", retention] = bucket.split("/");
  const target = new URLSearchParams({ org, bucket });
  const redact = redactor(token);

  const send = async ({ method, path, body = "", contentType, signal }: Request): Promise<Response> => {
    // The library forgets to destroy a request that timed out, and never lets go of a signal: each gets its own.
    const own = new AbortController();
    const abort = () => own.abort();
    const timer = setTimeout(abort, TIMEOUT_MS);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted === true) own.abort();
    let status = 0;
    let headers: Response["headers"] = {};
    try {
      const answer: unknown = await transport.request(
        path,
        body,
        {
          method,
          // Accepting text keeps the library from parsing what it receives.
          headers: { accept: "text/plain", "content-type": contentType ?? "text/plain; charset=utf-8" },
          signal: own.signal,
          ...(isLocal ? {} : { gzipThreshold: GZIP_FROM_BYTES }),
        },
        (received, code) => {
          headers = received;
          status = code ?? 0;
        },
      );
      return { status, headers, body: typeof answer === "string" ? answer : "" };
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return { status: error.statusCode, headers: error.headers ?? {}, body: error.body ?? error.message };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  };

  /** As `send`, for what must succeed. */
  const ask = async (what: string, request: Request): Promise<Response> => {
    let response: Response;
    try {
      response = await send(request);
    } catch (cause) {
      throw failed(`${url} ${what}: ${redact(reasonOf(cause))}`, cause);
    }
    if (response.status < 300) return response;
    throw failed(`${url} ${what}: ${response.status}: ${redact(messageIn(response.body))}`);
  };

  const ping = async (signal?: AbortSignal): Promise<InfluxServer> => {
    const { headers, body } = await ask("does not answer", { method: "GET", path: "/ping", signal });
    const said = String(headers["x-influxdb-version"] ?? /"version"\s*:\s*"([^"]+)"/.exec(body)?.[1] ?? "");
    const version = /\d+\.\d+(\.\d+)?/.exec(said)?.[0];
    return { version: version ?? "unknown", major: version === undefined ? 0 : Number(version.split(".")[0]) };
  };

  const influxql = async (method: "GET" | "POST", statement: string, signal?: AbortSignal): Promise<QueryRow[]> => {
    const parameters = new URLSearchParams({ db: database, epoch: "ms", q: statement });
    if (retention !== undefined) parameters.set("rp", retention);
    const path = `/query?${parameters}`;
    const { body } = await ask("does not answer a query", { method, path, signal });
    return rowsIn(body, (why) => failed(`${url} does not answer a query: ${redact(why)}: ${statement}`));
  };

  return {
    settings,
    redact,
    ping,
    async write(lines, signal) {
      const path = `/api/v2/write?${target}&precision=ms`;
      try {
        const { status, headers, body } = await send({ method: "POST", path, body: lines.join("\n"), signal });
        const retryAfter = headers["retry-after"];
        const answer = { status, body, ...(typeof retryAfter === "string" ? { retryAfter } : {}) };
        const read = readWriteAnswer(answer, Date.now());
        return read.kind === "written" ? read : { ...read, why: redact(read.why) };
      } catch (error) {
        return { kind: "later", why: redact(reasonOf(error)) };
      }
    },
    query: (statement, signal) => influxql("GET", statement, signal),
    async deleteRun(run, signal) {
      const { major } = await ping(signal);
      if (major === 1) {
        await influxql("POST", `DELETE WHERE "run" = ${quoted(run)}`, signal);
        return true;
      }
      if (major !== 2) return false;
      const body = JSON.stringify({
        start: "1970-01-01T00:00:00Z",
        stop: "2200-01-01T00:00:00Z",
        predicate: `run="${run.replaceAll(/["\\]/g, "\\$&")}"`,
      });
      const path = `/api/v2/delete?${target}`;
      await ask("does not delete", { method: "POST", path, body, contentType: "application/json", signal });
      return true;
    },
    close: () => agent.destroy(),
  };
}

/** A string of InfluxQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}

function failed(message: string, cause?: unknown): ProofloadError {
  return new ProofloadError("PL_INFLUX", message, cause === undefined ? {} : { cause });
}

/** Connection errors of several addresses come as one without a message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError") return `no answer within ${TIMEOUT_MS / 1000} s, or the connection was cut`;
  return error.message === "" ? error.name : error.message;
}

function redactor(token: string | undefined): (text: string) => string {
  const password = token?.includes(":") === true ? token.slice(token.indexOf(":") + 1) : undefined;
  const secrets = [token, password].filter((secret) => secret !== undefined && secret !== "");
  return (text) => secrets.reduce<string>((rest, secret) => rest.replaceAll(secret ?? "", "***"), text);
}

interface Answer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly name?: string;
      readonly tags?: Readonly<Record<string, string>>;
      readonly columns: readonly string[];
      readonly values: readonly (readonly (number | string | boolean | null)[])[];
    }[];
  }[];
}

function rowsIn(body: string, fail: (why: string) => ProofloadError): QueryRow[] {
  let answer: Answer;
  try {
    answer = JSON.parse(body);
  } catch {
    throw fail(`the answer is no JSON: ${body.slice(0, 200)}`);
  }
  const why = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error;
  if (why !== undefined) throw fail(why);
  return (answer.results ?? []).flatMap((result) =>
    (result.series ?? []).flatMap(({ name = "", tags = {}, columns, values }) =>
      values.map((row) => ({
        measurement: name,
        tags,
        values: Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])),
      })),
    ),
  );
}
