import exec from "k6/execution";
import http from "k6/http";
import { latency } from "./metrics.ts";

/**
 * What an unchanged k6 script imports as "k6/http": k6's own module, with two additions. Requests without a name get
 * one ("GET /users/{id}"), so that they fall into few series; and every request that was answered as expected adds to
 * the metric `latency`. All else passes through.
 */
type Tags = Record<string, string>;
type Params = Readonly<Record<string, unknown>> & { readonly tags?: Tags; readonly responseCallback?: unknown };
type Address = string | { readonly url: string; readonly name: string } | { toString(): string };
interface Response {
  readonly status: number;
  readonly error_code: number;
  readonly timings: { readonly blocked: number; readonly duration: number };
}

const real = http as unknown as {
  request(method: string, url: Address, body?: unknown, params?: Params): Response;
  asyncRequest(method: string, url: Address, body?: unknown, params?: Params): Promise<Response>;
  batch(requests: unknown): Readonly<Record<string, Response>> | readonly Response[];
  expectedStatuses(...statuses: unknown[]): unknown;
  setResponseCallback(callback: unknown): void;
};

// —— statuses ————————————————————————————————————————————————————————————————————————————————————————————————————————
type IsExpected = (status: number) => boolean;
const predicates = new WeakMap<object, IsExpected>();
const usual: IsExpected = (status) => status >= 200 && status < 400;
let current: IsExpected = usual;

export function expectedStatuses(...statuses: (number | { readonly min: number; readonly max: number })[]): unknown {
  const callback = real.expectedStatuses(...statuses);
  predicates.set(callback as object, (status) =>
    statuses.some((one) => (typeof one === "number" ? one === status : status >= one.min && status <= one.max)),
  );
  return callback;
}

export function setResponseCallback(callback: unknown): void {
  real.setResponseCallback(callback);
  current = predicate(callback);
}

/** `null` switches k6's own judgement off: then every answer counts. */
function predicate(callback: unknown): IsExpected {
  if (callback === null) return (status) => status > 0;
  return (typeof callback === "object" && predicates.get(callback)) || usual;
}

// —— requests ————————————————————————————————————————————————————————————————————————————————————————————————————————
export function request(method: string, url: Address, body?: unknown, params?: Params): Response {
  const [tagged, name] = named(method, url, params);
  return record(real.request(method, url, body ?? null, tagged), tagged, name);
}

export function asyncRequest(method: string, url: Address, body?: unknown, params?: Params): Promise<Response> {
  const [tagged, name] = named(method, url, params);
  return real.asyncRequest(method, url, body ?? null, tagged).then((response) => record(response, tagged, name));
}

export const get = (url: Address, params?: Params): Response => request("GET", url, null, params);
export const head = (url: Address, params?: Params): Response => request("HEAD", url, null, params);
export const post = (url: Address, body?: unknown, params?: Params): Response => request("POST", url, body, params);
export const put = (url: Address, body?: unknown, params?: Params): Response => request("PUT", url, body, params);
export const patch = (url: Address, body?: unknown, params?: Params): Response => request("PATCH", url, body, params);
export const del = (url: Address, body?: unknown, params?: Params): Response => request("DELETE", url, body, params);
export const options = (url: Address, body?: unknown, params?: Params): Response =>
  request("OPTIONS", url, body, params);

export function batch(requests: unknown): unknown {
  const names: Record<string, readonly [Params, string]> = {};
  const prepare = (one: unknown, key: string): unknown => {
    const [method, url, body, params] = taken(one);
    const found = named(method, url, params);
    names[key] = found;
    return [method, url, body, found[0]];
  };
  const isList = Array.isArray(requests);
  const all = Object.entries(requests as Record<string, unknown>).map(
    ([key, one]) => [key, prepare(one, key)] as const,
  );
  const responses = real.batch(isList ? all.map(([, one]) => one) : Object.fromEntries(all));
  for (const [key, response] of Object.entries(responses)) {
    const found = names[key];
    if (found !== undefined) record(response, found[0], found[1]);
  }
  return responses;
}

/** The forms that http.batch takes: address; [method, url, body, params]; {method, url, body, params}. */
function taken(one: unknown): readonly [string, Address, unknown, Params | undefined] {
  if (Array.isArray(one)) return [String(one[0]), one[1], one[2] ?? null, one[3] ?? undefined];
  if (typeof one === "object" && one !== null && "url" in one && !("clean_url" in one)) {
    const { method, url, body, params } = one as { method?: string; url: Address; body?: unknown; params?: Params };
    return [method ?? "GET", url, body ?? null, params ?? undefined];
  }
  return ["GET", one as Address, null, undefined];
}

// —— names ———————————————————————————————————————————————————————————————————————————————————————————————————————————
/** The params with a name among the tags, and the name that k6 will use. The script's own name always wins. */
function named(method: string, url: Address, params: Params | undefined): readonly [Params, string] {
  const own = params?.tags?.["name"] ?? vuName();
  if (own !== undefined && own !== "") return [params ?? {}, String(own)];
  if (typeof url === "object" && "name" in url) return [params ?? {}, String(url.name)]; // http.url`…`
  const name = `${method.toUpperCase()} ${pathTemplate(String(url))}`;
  return [{ ...params, tags: { ...params?.tags, name } }, name];
}

/** A name that the script gave to all requests of this VU: `exec.vu.metrics.tags.name = …`. */
function vuName(): string | undefined {
  try {
    vuTags ??= exec.vu.metrics.tags as unknown as Tags;
    return vuTags["name"];
  } catch {
    return undefined;
  }
}
let vuTags: Tags | undefined;

const ID = /^(?:\d+|[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;

/** "https://host/users/42?x=1" → "/users/{id}": numbers, UUIDs and hexadecimal ids of eight or more digits are ids. */
export function pathTemplate(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  const template = path
    .split("/")
    .map((part) => (ID.test(part) ? "{id}" : part))
    .join("/");
  return template === "" ? "/" : template;
}

function record(response: Response, params: Params, name: string): Response {
  const expected = params.responseCallback === undefined ? current : predicate(params.responseCallback);
  if (response.status > 0 && expected(response.status)) {
    latency.add(response.timings.blocked + response.timings.duration, { ...params.tags, name });
  }
  return response;
}

// —— all else ————————————————————————————————————————————————————————————————————————————————————————————————————————
export const {
  url,
  file,
  cookieJar,
  CookieJar,
  TLS_1_0,
  TLS_1_1,
  TLS_1_2,
  TLS_1_3,
  OCSP_STATUS_GOOD,
  OCSP_STATUS_REVOKED,
  OCSP_STATUS_SERVER_FAILED,
  OCSP_STATUS_UNKNOWN,
  OCSP_REASON_UNSPECIFIED,
  OCSP_REASON_KEY_COMPROMISE,
  OCSP_REASON_CA_COMPROMISE,
  OCSP_REASON_AFFILIATION_CHANGED,
  OCSP_REASON_SUPERSEDED,
  OCSP_REASON_CESSATION_OF_OPERATION,
  OCSP_REASON_CERTIFICATE_HOLD,
  OCSP_REASON_REMOVE_FROM_CRL,
  OCSP_REASON_PRIVILEGE_WITHDRAWN,
  OCSP_REASON_AA_COMPROMISE,
} = http as unknown as Record<string, unknown>;

export default {
  ...http,
  request,
  asyncRequest,
  get,
  head,
  post,
  put,
  patch,
  del,
  options,
  batch,
  expectedStatuses,
  setResponseCallback,
};
