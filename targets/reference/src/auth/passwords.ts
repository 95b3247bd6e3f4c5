import { argon2, type BinaryLike, timingSafeEqual } from "node:crypto";
import { ApiError } from "../http/errors.ts";
import type { Argon2Settings } from "../settings.ts";

/**
 * argon2id in libuv's thread pool: the event loop never computes a hash. Hashes are stored in the PHC form
 * `$argon2id$v=19$m=…,t=…,p=1$salt$hash`, so that the cost can be raised without invalidating old ones.
 */
export class Passwords {
  readonly #settings: Argon2Settings;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(settings: Argon2Settings) {
    this.#settings = settings;
  }

  async hash(password: string, salt: Buffer): Promise<string> {
    const { memoryKib, passes } = this.#settings;
    const tag = await this.#compute(password, { salt, memoryKib, passes, length: 32 });
    return `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${unpadded(salt)}$${unpadded(tag)}`;
  }

  /** With `stored` undefined (no such user) it computes as long as for a real one, and says no. */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const parsed = parsePhc(stored ?? this.#nobody());
    if (parsed === undefined) throw new Error("a stored password hash is not of the argon2id PHC form");
    const tag = await this.#compute(password, { ...parsed, length: parsed.tag.length });
    return timingSafeEqual(tag, parsed.tag) && stored !== undefined;
  }

  #nobody(): string {
    const { memoryKib, passes } = this.#settings;
    return `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${"A".repeat(22)}$${"A".repeat(43)}`;
  }

  async #compute(password: string, cost: Cost): Promise<Buffer> {
    await this.#enter();
    try {
      return await argon2id(password, cost);
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#settings.concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#settings.queueMax)
      throw new ApiError(503, "AUTH_BUSY", "too many passwords wait to be checked", { retryAfterSeconds: 1 });
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn.resolve);
    await turn.promise;
  }

  /** Hands the place on without giving it up, so that a newcomer cannot overtake the queue. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}

interface Cost {
  readonly salt: BinaryLike;
  readonly memoryKib: number;
  readonly passes: number;
  readonly length: number;
}

function argon2id(password: string, cost: Cost): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parameters = {
    message: password,
    nonce: cost.salt,
    parallelism: 1,
    tagLength: cost.length,
    memory: cost.memoryKib,
    passes: cost.passes,
  };
  argon2("argon2id", parameters, (error, tag) => {
    if (error) reject(error);
    else resolve(Buffer.from(tag));
  });
  return promise;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

function parsePhc(text: string): (Omit<Cost, "length"> & { readonly tag: Buffer }) | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([^$]+)\$([^$]+)$/.exec(text);
  if (match === null) return undefined;
  const [, memory = "", passes = "", salt = "", tag = ""] = match;
  return {
    salt: Buffer.from(salt, "base64"),
    memoryKib: Number(memory),
    passes: Number(passes),
    tag: Buffer.from(tag, "base64"),
  };
}
