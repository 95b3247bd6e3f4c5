import { check as k6Check } from "k6";
import http from "k6/http";
import { unknownEndpoint } from "./init-problems.ts";
import { latency, ttft } from "./metrics.ts";
import { plan } from "./plan.ts";

/** The type of parsed JSON: whatever the caller says it is. */
export type Json = ReturnType<JSON["parse"]>;
type Values = Readonly<Record<string, string | number>>;
type Callback = ReturnType<typeof http.expectedStatuses>;

export interface CallOptions<Body = Json> {
  /** Values for the `:name` parts of the path. */
  readonly params?: Values;
  readonly query?: Values;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that count as success; [200] unless given. Every other one is a failed request. */
  readonly expect?: readonly number[];
  /** Looks at the body of an expected answer: true, or what is wrong with it. A wrong body is a failed request too. */
  readonly check?: (body: Body) => true | string;
  /** k6's default is 60 s. */
  readonly timeout?: string;
  /** The body is read from the network but not kept: for large answers that no check looks at. */
  readonly discardBody?: boolean;
}

export interface Result<Body = Json> {
  /** The status was expected and the check, if there was one, found nothing wrong. */
  readonly ok: boolean;
  /** 0 when there was no answer. */
  readonly status: number;
  /** The parsed JSON, parsed when first asked for; undefined when it is no JSON. */
  readonly body: Body;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: HttpResponse;
}

interface HttpResponse {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly timings: {
    readonly blocked: number;
    readonly duration: number;
    readonly sending: number;
    readonly waiting: number;
  };
}

export interface EndpointOptions {
  /** Also measures the time until the response headers (metric `ttft`): for answers that stream. */
  readonly ttft?: boolean;
  /** Instead of the phase of the iteration: "setup" keeps a request out of warm-up and measurement. */
  readonly phase?: "setup";
}

export type Call<Body = Json> = (options?: CallOptions<Body>) => Result<Body>;

const BASE_URL = __ENV["PROOFLOAD_BASE_URL"] ?? "";

/**
 * A named endpoint of the target. Call it at the top of the scenario file, once per endpoint: a name that the target
 * does not have stops the run before anything is started.
 */
export function endpoint<Body = Json>(name: string, more: EndpointOptions = {}): Call<Body> {
  const definition = plan.endpoints[name];
  if (definition === undefined) return unknownEndpoint(name);
  return caller<Body>(name, definition.method, definition.path, more);
}

/** As `endpoint`, for a request that the plan does not list (the login of `session.ts`). */
export function caller<Body = Json>(name: string, method: string, path: string, more: EndpointOptions): Call<Body> {
  const tags: { [name: string]: string } = more.phase === undefined ? { name } : { name, phase: more.phase };
  const checkName = `${name}: body`;
  const address = addresses(name, BASE_URL + path);
  let complained = false;

  return (options = {}) => {
    const expect = options.expect ?? EXPECT_200;
    const headers = requestHeaders(options);
    const response = http.request(
      method as "GET",
      address(options.params) + queryString(options.query),
      options.body === undefined ? null : JSON.stringify(options.body),
      {
        tags,
        responseCallback: callback(expect),
        ...(headers === undefined ? undefined : { headers }),
        ...(options.timeout === undefined ? undefined : { timeout: options.timeout }),
        ...(options.discardBody === true ? { responseType: "none" as const } : undefined),
      },
    ) as unknown as HttpResponse;
    const result = new Answer<Body>(response);
    result.ok = expect.includes(result.status);
    if (result.ok && options.check !== undefined) {
      const found = wrong(options.check, result);
      result.ok = found === undefined;
      k6Check(null, { [checkName]: () => found === undefined }, tags);
      if (found !== undefined && !complained) {
        complained = true; // once per VU: a service that is wrong is wrong a thousand times
        console.warn(`${checkName}: ${found} (status ${result.status})`);
      }
    }
    if (result.ok) {
      const timings = response.timings;
      latency.add(timings.blocked + timings.duration, tags);
      if (more.ttft === true) ttft.add(timings.blocked + timings.sending + timings.waiting, tags);
    }
    return result;
  };
}

class Answer<Body> implements Result<Body> {
  ok = false;
  readonly status: number;
  readonly response: HttpResponse;
  private parsed: Body | undefined;
  private isParsed = false;

  constructor(response: HttpResponse) {
    this.response = response;
    this.status = response.status;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.response.headers;
  }

  get body(): Body {
    if (!this.isParsed) {
      this.isParsed = true;
      try {
        this.parsed = JSON.parse(String(this.response.body));
      } catch {
        this.parsed = undefined;
      }
    }
    return this.parsed as Body;
  }
}

/** What the check found wrong, or undefined. A check that throws has found something wrong. */
function wrong<Body>(check: (body: Body) => true | string, result: Result<Body>): string | undefined {
  try {
    const found = check(result.body);
    return found === true ? undefined : String(found);
  } catch (error) {
    return `the check threw: ${error}`;
  }
}

const EXPECT_200: readonly number[] = [200];
const callbacks = new Map<string, Callback>();
let callback200: Callback | undefined;

/** One response callback for each set of statuses: making one costs more than the request's other settings together. */
function callback(expect: readonly number[]): Callback {
  if (expect === EXPECT_200) {
    callback200 ??= http.expectedStatuses(200);
    return callback200;
  }
  const key = expect.join();
  let found = callbacks.get(key);
  if (found === undefined) {
    found = http.expectedStatuses(...(expect as [number]));
    callbacks.set(key, found);
  }
  return found;
}

function requestHeaders<Body>(options: CallOptions<Body>): Record<string, string> | undefined {
  if (options.token === undefined && options.body === undefined && options.headers === undefined) return undefined;
  const headers: Record<string, string> = { ...options.headers };
  if (options.token !== undefined) headers["Authorization"] = `Bearer ${options.token}`;
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  return headers;
}

/** Splits the template once; a parameter that is missing at the call is an error that names it. */
function addresses(name: string, template: string): (params: Values | undefined) => string {
  const parts = template.split(/:([A-Za-z_]\w*)/); // text, parameter, text, parameter, …, text
  if (parts.length === 1) return () => template;
  return (params) => {
    let url = parts[0] ?? "";
    for (let at = 1; at < parts.length; at += 2) {
      const key = parts[at] ?? "";
      const value = params?.[key];
      if (value === undefined) throw new Error(`${name}: the parameter "${key}" of its path is missing`);
      url += encodeURIComponent(value) + (parts[at + 1] ?? "");
    }
    return url;
  };
}

function queryString(query: Values | undefined): string {
  if (query === undefined) return "";
  const parts = Object.entries(query).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}
