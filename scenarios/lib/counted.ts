import { sleep } from "k6";
import http from "k6/http";
import type { Call, Result } from "./endpoint.ts";

/**
 * Requests that are counted one at a time (streams of the model "one-at-a-time"): before and after each of them the
 * harness reads what the database, the cache and the service's processes have done so far. One VU, so that module state
 * is the state of the test.
 */

const METER = __ENV["PROOFLOAD_METER_URL"];
const asked = new Map<string, number>();
let counting = false;

/** The same call; while requests are counted, the harness looks before and after it. */
export function metered<Body>(name: string, call: Call<Body>): Call<Body> {
  if (METER === undefined) return call;
  return (options) => {
    if (!counting) return call(options);
    tell("before", {});
    const result = call(options);
    tell("after", { endpoint: name, status: result.status, ok: result.ok, bytes: bytesOf(result) });
    asked.set(name, (asked.get(name) ?? 0) + 1);
    return result;
  };
}

interface CountedStream<Data> {
  readonly run: (data: Data) => unknown;
  /** Endpoints that it calls. */
  readonly calls: readonly string[];
}

/**
 * What the one VU does in each iteration: every stream in turn, uncounted until the warm-up is over, then only those
 * that have an endpoint left to count. The harness ends k6 when it has been told "done".
 */
export function takeTurns<Data>(
  streams: readonly CountedStream<Data>[],
  { warmupSeconds, requests }: { readonly warmupSeconds: number; readonly requests: number },
): (data: Data) => void {
  let start: number | undefined;
  let done = false;
  let rounds = 0;
  const lacks = (count: number) => (stream: CountedStream<Data>) =>
    stream.calls.some((name) => (asked.get(name) ?? 0) < count);
  return (data) => {
    if (done) return sleep(1);
    start ??= Date.now();
    const warm = Date.now() - start >= warmupSeconds * 1000;
    // The service is watched while nobody asks: after the warm-up, and between the two rounds.
    if (warm && rounds < 2 && !streams.some(lacks((rounds * requests) / 2))) {
      tell("idle", {});
      rounds += 1;
      counting = true;
    }
    const due = warm ? streams.filter(lacks(requests)) : streams;
    if (due.length === 0) {
      done = true;
      return tell("done", {});
    }
    let problem: unknown;
    for (const { run } of due) {
      try {
        run(data);
      } catch (error) {
        problem = error; // the other streams have their turn all the same
      }
    }
    if (problem !== undefined) throw problem;
  };
}

function tell(what: string, said: unknown): void {
  const params = { tags: { name: "proofload meter" }, responseType: "none" as const, timeout: "60s" };
  const { status } = http.post(`${METER}/${what}`, JSON.stringify(said), params);
  if (status !== 204) throw new Error(`the harness could not count: ${what} was answered with status ${status}`);
}

/** Of the body as it was sent; of a body without a length what it came to. */
function bytesOf<Body>({ headers, response }: Result<Body>): number | undefined {
  const length = Number(headers["Content-Length"]);
  if (Number.isInteger(length)) return length;
  return typeof response.body === "string" ? utf8Length(response.body) : undefined;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
