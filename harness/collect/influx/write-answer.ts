/** What the answer of a database to a batch of lines means for that batch. */
export type WriteAnswer =
  | { readonly kind: "written" }
  /** At least one line cannot be written, ever; what became of the others differs from server to server. */
  | { readonly kind: "bad lines"; readonly why: string }
  | { readonly kind: "too large"; readonly why: string }
  /** Trouble that passes. `afterMs` is what the server asked for. */
  | { readonly kind: "later"; readonly why: string; readonly afterMs?: number }
  /** Trouble that somebody has to mend: no use to try again. */
  | { readonly kind: "refused"; readonly why: string };

export interface HttpAnswer {
  readonly status: number;
  /** As text; JSON where the server sends JSON. */
  readonly body: string;
  /** The header Retry-After as it came. */
  readonly retryAfter?: string;
}

/**
 * What 1.8, 2.x and 3 say when the fault lies in lines, not in the request: "partial write: field type conflict: …
 * dropped=1", "unable to parse 'x': …", "partial write of line protocol occurred", "parsing failed for write_lp
 * endpoint", "points beyond retention policy", "max-values-per-tag limit exceeded". Any other 400 is a fault of the
 * request as a whole, such as "Please provide either orgID or org": to take it for bad lines would reject them all.
 */
const ABOUT_LINES =
  /partial write|unable to parse|pars(ing|e) (failed|error)|line protocol|field type conflict|beyond retention|max-values-per-tag|dropped=\d|time outside range|max key size/i;

const NO_BUCKET =
  "there is no such organisation, bucket or database: set PROOFLOAD_INFLUX_ORG and PROOFLOAD_INFLUX_BUCKET, or create it";
const WHAT_TO_MEND: Readonly<Record<number, string>> = {
  401: "the token is missing or wrong: set PROOFLOAD_INFLUX_TOKEN (1.8: user:password)",
  403: "the token may not write there: it needs write access to the bucket",
  404: NO_BUCKET,
};

/** By status first; 1.8, 2.x and 3 differ in how they report a partial write, and agree in the rest. */
export function readWriteAnswer({ status, body, retryAfter }: HttpAnswer, now: number): WriteAnswer {
  const why = `${status}: ${messageIn(body)}`;
  if (status >= 200 && status < 300) {
    // InfluxDB 3 may answer 2xx and list the lines that it left out.
    return isPartial(body) ? { kind: "bad lines", why } : { kind: "written" };
  }
  if (status === 413) return { kind: "too large", why };
  // 1.8 calls an unknown retention policy a fault of its own.
  if (status === 500 && /retention policy not found/i.test(body))
    return { kind: "refused", why: `${why}; ${NO_BUCKET}` };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const afterMs = milliseconds(retryAfter, now);
    return { kind: "later", why, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  if ((status === 400 || status === 422) && ABOUT_LINES.test(body)) return { kind: "bad lines", why };
  const mend = WHAT_TO_MEND[status];
  return { kind: "refused", why: mend === undefined ? why : `${why}; ${mend}` };
}

/** The sentence in a JSON body, or the beginning of a text. */
export function messageIn(body: string): string {
  const sentence = (() => {
    try {
      const json: unknown = JSON.parse(body);
      if (typeof json !== "object" || json === null) return body;
      const { message, error, data } = json as Record<string, unknown>;
      const first: unknown = Array.isArray(data) ? data[0]?.error_message : undefined;
      return [message, error, first].filter((part) => typeof part === "string").join(": ") || body;
    } catch {
      return body;
    }
  })();
  const line = sentence.replaceAll(/\s+/g, " ").trim();
  return line === "" ? "no reason given" : line.slice(0, 500);
}

function isPartial(body: string): boolean {
  return body.trim() !== "" && /"(error|errors|data|message)"\s*:/.test(body);
}

/** Seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
function milliseconds(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
