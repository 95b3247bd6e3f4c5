import { createHash, randomBytes } from "node:crypto";
import type { Redis } from "../cache/redis.ts";
import { ApiError } from "../http/errors.ts";

export interface Session {
  readonly userId: number;
  readonly role: string;
}

export interface OpenSession extends Session {
  readonly sessionKey: string;
  readonly refreshToken: string;
}

/**
 * Sessions in Redis with a TTL. A refresh token is `<id>.<secret>`; Redis sees only the SHA-256 of each, so that who
 * reads Redis can refresh nothing. A refresh replaces the secret; a secret used twice ends the session, because then
 * somebody else has it. Throws ApiError 503 while Redis is away.
 */
export class Sessions {
  readonly #redis: Redis;
  readonly #seconds: number;

  constructor(redis: Redis, seconds: number) {
    this.#redis = redis;
    this.#seconds = seconds;
  }

  async open(session: Session): Promise<OpenSession> {
    const id = randomBytes(16).toString("base64url");
    const secret = randomBytes(32).toString("base64url");
    const sessionKey = sha256(id);
    const values = [String(session.userId), session.role, sha256(secret), String(this.#seconds)];
    await this.#redis.evaluate(openScript, [redisKey(sessionKey)], values);
    return { ...session, sessionKey, refreshToken: `${id}.${secret}` };
  }

  async rotate(refreshToken: string): Promise<OpenSession> {
    const { id, secret } = split(refreshToken);
    const sessionKey = sha256(id);
    const next = randomBytes(32).toString("base64url");
    const values = [sha256(secret), sha256(next), String(this.#seconds)];
    const answer = await this.#redis.evaluate(rotateScript, [redisKey(sessionKey)], values);
    if (!Array.isArray(answer)) throw invalid();
    const [userId, role] = answer;
    return { userId: Number(userId), role: String(role), sessionKey, refreshToken: `${id}.${next}` };
  }

  async close(sessionKey: string): Promise<void> {
    await this.#redis.delete([redisKey(sessionKey)]);
  }

  /** The key of the session that a refresh token belongs to, if its secret is right. */
  async keyOf(refreshToken: string): Promise<string | undefined> {
    const { id, secret } = split(refreshToken);
    const matches = await this.#redis.evaluate(checkScript, [redisKey(sha256(id))], [sha256(secret)]);
    return matches === 1 ? sha256(id) : undefined;
  }
}

const openScript = `
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'role', ARGV[2], 'secret', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1`;

// One script, so that of two refreshes with one token exactly one wins.
const rotateScript = `
local secret = redis.call('HGET', KEYS[1], 'secret')
if not secret then return 0 end
if secret ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
  return 0
end
redis.call('HSET', KEYS[1], 'secret', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return redis.call('HMGET', KEYS[1], 'user', 'role')`;

const checkScript = `
if redis.call('HGET', KEYS[1], 'secret') == ARGV[1] then return 1 end
return 0`;

function split(refreshToken: string): { readonly id: string; readonly secret: string } {
  const [id, secret] = refreshToken.split(".");
  if (id === undefined || secret === undefined) throw invalid();
  return { id, secret };
}

function invalid(): ApiError {
  return new ApiError(401, "REFRESH_INVALID", "the refresh token is not valid any more; log in again");
}

function redisKey(sessionKey: string): string {
  return `session:${sessionKey}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
