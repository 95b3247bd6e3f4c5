/**
 * Access tokens: the service's signer, against one that builds header and claims anew for each token, and one that has
 * prepared all that does not change.
 */
import { createHmac, createSecretKey } from "node:crypto";
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
  const key = createSecretKey(settings.jwtSecret, "utf8");
  const header = `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url")}.`;
  /** The header is encoded once, the claims are written as one text and encoded once; nothing is copied. */
  const prepared = (): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = `{"sub":"${identity.userId}","role":${JSON.stringify(identity.role)},"sid":${JSON.stringify(identity.sessionKey)},"iat":${now},"exp":${now + settings.accessTokenSeconds}}`;
    const signed = header + Buffer.from(claims).toString("base64url");
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  };
  // The three have to do the same, or their figures say nothing about each other.
  for (const token of [tokens.issue(identity), straightforward(), prepared()]) {
    tokens.identify(`Bearer ${token}`);
  }
  const authorization = `Bearer ${tokens.issue(identity)}`;
  return {
    issue: () => tokens.issue(identity),
    straightforward,
    prepared,
    verify: () => tokens.identify(authorization),
  };
}
