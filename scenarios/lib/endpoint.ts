import { check as k6Check } from "k6";
import http from "k6/http";
import { metered } from "./counted.ts";
import { unknownEndpoint } from "./init-problems.ts";
import { startedLate } from "./iteration.ts";
import { latency, scheduledLatency, ttft } from "./metrics.ts";
import { plan } from "./plan.ts";

/** The type of parsed JSON: whatever the caller says it is. */
export type Json = ReturnType<JSON["parse"]>;
type Values = Readonly<Record<string, string | number>>;
type Tags = { [name: string]: string };
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
  /** Also measures the latency from the intended start of the iteration. */
  readonly scheduled?: true;
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
  const all = definition.scheduled === true && more.phase === undefined ? { ...more, scheduled: true as const } : more;
  return caller<Body>(name, definition.method, definition.path, all);
}

/** As `endpoint`, for a request that the plan does not list (the login of `session.ts`). */
export function caller<Body = Json>(name: string, method: string, path: string, more: EndpointOptions): Call<Body> {
  const tags: Tags = {
    name,
    ...plan.endpoints[name]?.tags,
    ...(more.phase === undefined ? {} : { phase: more.phase }),
  };
  const address = addresses(name, BASE_URL + path);
  const params = paramsFor(tags);
  const judge = judgeFor<Body>(`${name}: body`, tags);

  const call: Call<Body> = (given) => {
    const options: CallOptions<Body> = given ?? NO_OPTIONS;
    const response = http.request(
      method as "GET",
      options.query === undefined ? address(options.params) : address(options.params) + queryString(options.query),
      options.body === undefined ? null : JSON.stringify(options.body),
      params(options),
    ) as unknown as HttpResponse;
    const result = new Answer<Body>(response);
    result.ok = options.expect === undefined ? result.status === 200 : options.expect.includes(result.status);
    if (result.ok && options.check !== undefined) result.ok = judge(options.check, result);
    if (result.ok) {
      const timings = response.timings;
      const took = timings.blocked + timings.duration;
      latency.add(took, tags);
      const late = more.scheduled === true ? startedLate() : undefined;
      if (late !== undefined) scheduledLatency.add(took + late, tags);
      if (more.ttft === true) ttft.add(timings.blocked + timings.sending + timings.waiting, tags);
    }
    return result;
  };
  return more.phase === undefined ? metered(name, call) : call;
}

const NO_OPTIONS = {};
const EXPECT_200: readonly number[] = [200];

/**
 * k6's params of a request. Most requests of an endpoint differ in nothing or in the token only, and building the
 * object anew costs more than half of what this library adds to a request: the last one is kept.
 */
function paramsFor(tags: Tags): (options: Omit<CallOptions, "check">) => object {
  const plain = { tags, responseCallback: callback(EXPECT_200) };
  let last: object = plain;
  let lastToken: string | undefined;
  let lastHadBody = false;
  return (options) => {
    if (options === NO_OPTIONS) return plain;
    const { token, body, headers, expect, timeout, discardBody } = options;
    const isSimple =
      headers === undefined && expect === undefined && timeout === undefined && discardBody === undefined;
    const hasBody = body !== undefined;
    if (isSimple && token === undefined && !hasBody) return plain;
    if (isSimple && last !== plain && token === lastToken && hasBody === lastHadBody) return last;
    const found: { [param: string]: unknown } = { tags, responseCallback: callback(expect ?? EXPECT_200) };
    const all: { [header: string]: string } = { ...headers };
    if (token !== undefined) all["Authorization"] = `Bearer ${token}`;
    if (hasBody) all["Content-Type"] = "application/json";
    found["headers"] = all;
    if (timeout !== undefined) found["timeout"] = timeout;
    if (discardBody === true) found["responseType"] = "none";
    if (isSimple) [last, lastToken, lastHadBody] = [found, token, hasBody];
    return found;
  };
}

/** Runs the scenario's own check as one k6 check, and says what was wrong once per VU: it may be wrong a thousand times. */
function judgeFor<Body>(checkName: string, tags: Tags) {
  const sets = { [checkName]: (found: string | undefined) => found === undefined };
  let complained = false;
  return (check: (body: Body) => true | string, result: Result<Body>): boolean => {
    const found = wrong(check, result);
    k6Check(found, sets, tags);
    if (found !== undefined && !complained) {
      complained = true;
      console.warn(`${checkName}: ${found} (status ${result.status})`);
    }
    return found === undefined;
  };
}

/** `declare`, because k6's engine takes about 4 µs to initialise fields that the constructor sets anyway. */
class Answer<Body> implements Result<Body> {
  declare ok: boolean;
  declare readonly status: number;
  declare readonly response: HttpResponse;
  declare private parsed: Body | undefined;
  declare private isParsed: boolean;

  constructor(response: HttpResponse) {
    this.ok = false;
    this.isParsed = false;
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

const callbacks = new Map<string, Callback>();

/** One response callback for each set of statuses: making one costs more than the request's other settings together. */
function callback(expect: readonly number[]): Callback {
  const key = expect.join();
  let found = callbacks.get(key);
  if (found === undefined) {
    found = http.expectedStatuses(...(expect as [number]));
    callbacks.set(key, found);
  }
  return found;
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
