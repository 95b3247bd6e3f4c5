/**
 * Access tokens: the service's signer, against one that builds header and claims anew for each token.
 */
import { createHmac } from "node:crypto";
import type { Benches } from "../harness/micro/bench.ts";
import { AccessTokens } from "../targets/reference/src/auth/tokens.ts";
import { serviceParts } from "./lib/service.ts";

export default function benches(): Benches {
  const { settings, metrics } = serviceParts();
  const tokens = new AccessTokens(settings, metrics);
  const identity = { userId: 4711, role: "member", sessionKey: "9b1d2c3e4f5061728394a5b6c7d8e9f0" };

  /** Header, claims and their copy with the times, each serialised and encoded by itself. */
  const straightforward = (): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: String(identity.userId), role: identity.role, sid: identity.sessionKey };
    const stamped = { ...claims, iat: now, exp: now + settings.accessTokenSeconds };
    const header = Buffer.from(JSON.stringify({ alg: "HS256", typ: "JWT" })).toString("base64url");
    const payload = Buffer.from(JSON.stringify(stamped)).toString("base64url");
    const signature = createHmac("sha256", settings.jwtSecret).update(`${header}.${payload}`).digest("base64url");
    return `${header}.${payload}.${signature}`;
  };
  // Both have to do the same, or their figures say nothing about each other.
  for (const token of [tokens.issue(identity), straightforward()]) {
    tokens.identify(`Bearer ${token}`);
  }
  const authorization = `Bearer ${tokens.issue(identity)}`;
  return {
    issue: () => tokens.issue(identity),
    straightforward,
    verify: () => tokens.identify(authorization),
  };
}
