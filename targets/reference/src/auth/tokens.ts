import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { createVerifier } from "fast-jwt";
import { LRUCache } from "lru-cache";
import { ApiError } from "../http/errors.ts";
import { type CacheCounters, cacheCounters, type Metrics } from "../observe/metrics.ts";
import type { Settings } from "../settings.ts";

/** Who a request acts for. `sessionKey` is the Redis key's hash, never the session's id or secret. */
export interface Identity {
  readonly userId: number;
  readonly role: string;
  readonly sessionKey: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

const HEADER = `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url")}.`;

/**
 * Access tokens: JWT, HS256. Every request verifies its token; with TOKEN_CACHE=on a bounded in-process cache keyed by
 * the whole token remembers verified ones, and still honours their expiry and a log-out.
 */
export class AccessTokens {
  readonly #key: KeyObject;
  readonly #seconds: number;
  readonly #verify: (token: string) => Record<string, unknown>;
  readonly #verified: LRUCache<string, Identity> | undefined;
  readonly #counters: CacheCounters;
  readonly #work: Metrics["work"];
  readonly #loggedOut: LRUCache<string, true>;

  constructor(settings: Settings, metrics: Metrics) {
    this.#key = createSecretKey(settings.jwtSecret, "utf8");
    this.#seconds = settings.accessTokenSeconds;
    this.#verify = createVerifier({ key: settings.jwtSecret, algorithms: ["HS256"], requiredClaims: ["exp", "sid"] });
    this.#verified = settings.tokenCache ? new LRUCache({ max: 20_000 }) : undefined;
    this.#counters = cacheCounters(metrics, "token", "l1");
    this.#work = metrics.work;
    this.#loggedOut = new LRUCache({ max: 100_000, ttl: settings.accessTokenSeconds * 1000 });
  }

  /**
   * RFC 7519 and RFC 7515 by hand, because a sign-in is a hot path (EMB-01): the header was encoded once, the claims are
   * written as one text, and nothing is copied.
   */
  issue(identity: Omit<Identity, "expiresAt">): string {
    const now = Math.floor(Date.now() / 1000);
    const role = JSON.stringify(identity.role);
    const sid = JSON.stringify(identity.sessionKey);
    const claims = `{"sub":"${identity.userId}","role":${role},"sid":${sid},"iat":${now},"exp":${now + this.#seconds}}`;
    const signed = HEADER + Buffer.from(claims).toString("base64url");
    return `${signed}.${createHmac("sha256", this.#key).update(signed).digest("base64url")}`;
  }

  /** Throws ApiError 401 for a token that is missing, forged, expired or logged out. */
  identify(authorization: string | undefined): Identity {
    if (authorization === undefined || !authorization.startsWith("Bearer ")) throw missing();
    const token = authorization.slice(7);
    const identity = this.#verified === undefined ? this.#check(token) : this.#checkCached(token, this.#verified);
    if (this.#loggedOut.size > 0 && this.#loggedOut.has(identity.sessionKey))
      throw new ApiError(401, "TOKEN_REVOKED", "this session was logged out");
    return identity;
  }

  revoke(sessionKey: string): void {
    this.#loggedOut.set(sessionKey, true);
  }

  #checkCached(token: string, verified: LRUCache<string, Identity>): Identity {
    const started = performance.now();
    const known = verified.get(token);
    if (known !== undefined && known.expiresAt * 1000 > Date.now()) {
      this.#counters.hit(performance.now() - started);
      return known;
    }
    this.#counters.miss();
    const identity = this.#check(token);
    verified.set(token, identity);
    return identity;
  }

  #check(token: string): Identity {
    try {
      const { sub, role, sid, exp } = this.#verify(token);
      this.#work.tokensVerified += 1;
      return { userId: Number(sub), role: String(role), sessionKey: String(sid), expiresAt: Number(exp) };
    } catch (cause) {
      const expired = cause instanceof Error && "code" in cause && cause.code === "FAST_JWT_EXPIRED";
      if (expired) throw new ApiError(401, "TOKEN_EXPIRED", "the access token has expired; refresh it", { cause });
      throw new ApiError(401, "TOKEN_INVALID", "the access token is not valid", { cause });
    }
  }
}

function missing(): ApiError {
  return new ApiError(401, "TOKEN_MISSING", 'this route needs the header "Authorization: Bearer <access token>"');
}
