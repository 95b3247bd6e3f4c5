import { randomBytes } from "node:crypto";

const processPrefix = randomBytes(8).toString("hex");
let counter = 0;

/** The trace id of a W3C `traceparent` header (32 hex digits), or a new one: 8 random bytes of this process, then a count. */
export function traceIdOf(traceparent: string | string[] | undefined): string {
  if (typeof traceparent === "string") {
    const match = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(traceparent);
    if (match?.[1] !== undefined) return match[1];
  }
  counter += 1;
  return processPrefix + counter.toString(16).padStart(16, "0");
}
