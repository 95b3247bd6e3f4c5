/** What one side answered, and how it differs from what the other one did; pure. */
export interface Answer {
  readonly endpoint: string;
  /** A number, or for a check whether it passed. */
  readonly status: number | boolean;
  /** Without parameters such as the charset; "" when there was none. */
  readonly contentType: string;
  readonly body: unknown;
}

export interface Difference {
  readonly endpoint: string;
  readonly what: "status" | "check" | "shape" | "header";
  /** "base answered 200, head 404" */
  readonly sentence: string;
}

/**
 * Both sides were asked the same: their answers are compared one by one until they part. What depends on ids and times
 * (values, lengths of lists and texts) is not looked at, only which paths there are in a JSON and what lies there.
 */
export function differences(base: readonly Answer[], head: readonly Answer[]): Difference[] {
  const found: Difference[] = [];
  for (let at = 0; at < Math.max(base.length, head.length); at++) {
    const [a, b] = [base[at], head[at]];
    if (a === undefined || b === undefined || a.endpoint !== b.endpoint) {
      const endpoint = a?.endpoint ?? b?.endpoint ?? "";
      const asked = (answer: Answer | undefined) => answer?.endpoint ?? "nothing more";
      found.push({ endpoint, what: "shape", sentence: `then base was asked ${asked(a)}, head ${asked(b)}` });
      return found;
    }
    const difference = differenceOf(a, b);
    if (difference !== undefined) found.push({ endpoint: a.endpoint, ...difference });
  }
  return found;
}

function differenceOf(a: Answer, b: Answer): Omit<Difference, "endpoint"> | undefined {
  if (a.status !== b.status) {
    if (typeof a.status === "number")
      return { what: "status", sentence: `base answered ${a.status}, head ${b.status}` };
    const said = (passed: unknown) => (passed === true ? "passed" : "failed");
    return { what: "check", sentence: `the check of base ${said(a.status)}, of head ${said(b.status)}` };
  }
  if (a.contentType !== b.contentType) {
    const named = (type: string) => (type === "" ? "without a content type" : type);
    return { what: "header", sentence: `base answered ${named(a.contentType)}, head ${named(b.contentType)}` };
  }
  const sentence = shapeDifference(parsed(a), parsed(b), "");
  return sentence === undefined ? undefined : { what: "shape", sentence };
}

function parsed({ contentType, body }: Answer): unknown {
  if (!contentType.includes("json") || typeof body !== "string") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return "no JSON";
  }
}

/** The first place where the two differ in kind, as a sentence. Lists stand for their first item; an empty one for any. */
export function shapeDifference(base: unknown, head: unknown, path: string): string | undefined {
  const [a, b] = [kindOf(base), kindOf(head)];
  if (a !== b) return `${path === "" ? "the body" : path}: ${a} from base, ${b} from head`;
  if (Array.isArray(base) && Array.isArray(head)) {
    return base.length === 0 || head.length === 0 ? undefined : shapeDifference(base[0], head[0], `${path}[]`);
  }
  if (a !== "object") return undefined;
  const [left, right] = [base as Readonly<Record<string, unknown>>, head as Readonly<Record<string, unknown>>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const at = path === "" ? key : `${path}.${key}`;
    if (!(key in right)) return `${at}: not in what head answered`;
    if (!(key in left)) return `${at}: not in what base answered`;
    const found = shapeDifference(left[key], right[key], at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
