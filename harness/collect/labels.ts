import type { Attributes } from "./otlp.ts";
import type { Phase } from "./record.ts";

/** "proofload": our own scripts, with named endpoints and phases; "k6": an unchanged script. */
export type ScriptKind = "proofload" | "k6";

/** The k6 scenario that asks the fixed responder. */
const CANARY = "canary";
const WARMUP_SUFFIX = "_warmup";
/** The attribute of a series that many were folded into: OpenTelemetry's name for it. */
export const OVERFLOW = "otel.metric.overflow";

/** Requests to the fixed responder are no requests to the service. */
export function isCanary(attributes: Attributes): boolean {
  return attributes["scenario"] === CANARY || attributes["name"] === CANARY;
}

/**
 * The phase a sample belongs to: by its tag, never by its time. k6 does not tag dropped iterations with anything but
 * the name of its scenario; what has none was sent by setup() or teardown().
 */
export function phaseOf(attributes: Attributes, kind: ScriptKind): Phase {
  const { phase, scenario } = attributes;
  if (phase === "warmup" || phase === "measured" || phase === "setup") return phase;
  if (scenario === undefined) return "setup";
  return kind === "proofload" && scenario.endsWith(WARMUP_SUFFIX) ? "warmup" : "measured";
}

/** The stream that a k6 scenario drives. */
export function streamOf(attributes: Attributes, kind: ScriptKind): string {
  const scenario = attributes["scenario"] ?? "";
  return kind === "proofload" && scenario.endsWith(WARMUP_SUFFIX) ? scenario.slice(0, -WARMUP_SUFFIX.length) : scenario;
}

/** The endpoint's name: the `name` tag. k6 puts the URL there when the script gave none: then method + path template. */
export function endpointOf(attributes: Attributes): string {
  const { name = "", method = "GET" } = attributes;
  const path = /^https?:\/\/[^/?#]+([^?#]*)/.exec(name)?.[1];
  return path === undefined ? name : `${method} ${pathTemplate(path)}`;
}

/** "/users/17/orders/8c1f…" → "/users/:id/orders/:id": numbers, UUIDs and long hexadecimal texts are parameters. */
export function pathTemplate(path: string): string {
  const parts = path.split("/").map((part) => {
    const isNumber = /^\d+$/.test(part);
    const isHexadecimal = /^(?=.*\d)[0-9a-f]{12,}$/i.test(part.replaceAll("-", ""));
    return isNumber || isHexadecimal ? ":id" : part;
  });
  return parts.join("/") || "/";
}
