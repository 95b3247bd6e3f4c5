import http from "k6/http";
import { comparing, note } from "./side-answers.ts";

/**
 * What a script of an A/B imports as "k6/http": k6's own module. While answers are compared (in the warm-up) its
 * functions also note what they were answered; while it is measured nothing stands between the script and k6.
 */
interface Response {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  readonly request: { readonly method: string };
}

type Request = (...given: unknown[]) => unknown;
const real = http as unknown as Readonly<Record<string, Request>>;

function noted(response: Response, given: readonly unknown[]): void {
  const type = response.headers["Content-Type"] ?? "";
  const [contentType = ""] = type.split(";");
  note({ endpoint: nameOf(given, response), status: response.status, contentType, body: response.body });
}

/** Named as k6 names it: by the tag `name`, else by method and path, in which numbers and long ids are all alike. */
function nameOf(given: readonly unknown[], { url, request }: Response): string {
  for (const one of [...given].reverse()) {
    const tags = (one as { readonly tags?: { readonly name?: string } } | null | undefined)?.tags;
    if (typeof tags?.name === "string") return tags.name;
  }
  const path = url.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/\?.*$/, "");
  return `${request?.method ?? ""} ${path.replace(/\/(?:\d+|[0-9a-f-]{8,})(?=\/|$)/gi, "/{id}")}`.trim();
}

function recording(name: string): Request {
  const ask = real[name];
  if (!comparing || ask === undefined) return ask as Request;
  if (name === "batch") {
    return (requests) => {
      const responses = ask(requests) as Readonly<Record<string, Response>>;
      const asked = requests as Readonly<Record<string, unknown>>;
      for (const [key, response] of Object.entries(responses)) noted(response, [paramsOf(asked[key])]);
      return responses;
    };
  }
  if (name === "asyncRequest") {
    return (...given) =>
      (ask(...given) as Promise<Response>).then((response) => {
        noted(response, given);
        return response;
      });
  }
  return (...given) => {
    const response = ask(...given) as Response;
    noted(response, given);
    return response;
  };
}

/** The forms that http.batch takes: address; [method, url, body, params]; {method, url, body, params}. */
function paramsOf(asked: unknown): unknown {
  if (Array.isArray(asked)) return asked[3];
  return (asked as { readonly params?: unknown } | undefined)?.params;
}

export const request = recording("request");
export const asyncRequest = recording("asyncRequest");
export const batch = recording("batch");
export const get = recording("get");
export const head = recording("head");
export const post = recording("post");
export const put = recording("put");
export const patch = recording("patch");
export const del = recording("del");
export const options = recording("options");

// —— all else ————————————————————————————————————————————————————————————————————————————————————————————————————————
export const {
  url,
  file,
  cookieJar,
  CookieJar,
  expectedStatuses,
  setResponseCallback,
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

export default comparing
  ? { ...http, request, asyncRequest, batch, get, head, post, put, patch, del, options }
  : (http as unknown as Record<string, unknown>);
