import http from "k6/http";
import { type Call, caller, endpoint } from "./endpoint.ts";
import { iteration, vuNumber } from "./iteration.ts";
import { number, plan } from "./plan.ts";

export interface Session {
  /** Access token. */
  readonly token: string;
  readonly refreshToken: string;
  /** Number of the seeded user, from 1. */
  readonly user: number;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

const LOGIN = "auth.login";
const USERS = number("users", 1000);
/** The password of every seeded user (see the service's seed). */
export const PASSWORD = "proofload-password";

/**
 * A scenario that lists `auth.login` among its calls measures these logins; in every other one they are preparation:
 * they carry the phase "setup" and belong to neither warm-up nor measurement.
 */
const measured = Object.values(plan.streams).some((stream) => LOGIN in stream.calls);
const definition = plan.endpoints[LOGIN] ?? { method: "POST", path: "/api/auth/login" };
const login: Call<Tokens> = measured
  ? endpoint<Tokens>(LOGIN)
  : caller<Tokens>(LOGIN, definition.method, definition.path, { phase: "setup" });

let mine: (Session & { readonly expiresAt: number }) | undefined;

export function email(user: number): string {
  return `user-${String(user).padStart(4, "0")}@proofload.test`;
}

/**
 * The session of this VU: logs the seeded user with this VU's number in, in the first iteration that asks and again
 * shortly before the token expires. Throws, and so ends the iteration, when the service refuses.
 */
export function session(): Session {
  const now = Date.now();
  if (mine === undefined || mine.expiresAt < now) {
    const user = ((vuNumber() - 1) % USERS) + 1;
    const answer = login({
      body: { email: email(user), password: PASSWORD },
      check: (body) => typeof body.accessToken === "string" || "no accessToken",
    });
    if (!answer.ok) throw new Error(`login of ${email(user)} failed with status ${answer.status}`);
    const { accessToken, refreshToken, expiresIn } = answer.body;
    mine = { token: accessToken, refreshToken, user, expiresAt: now + Math.max(expiresIn - 30, 1) * 1000 };
  }
  return mine;
}

/** Forgets this VU's session, so that the next `session()` logs in again (after a logout, for example). */
export function forgetSession(): void {
  mine = undefined;
}

/** For `setup()`: logs the first `count` seeded users in, ten at a time. Each costs the service a password hash. */
export function sessions(count: number): Session[] {
  const found: Session[] = [];
  for (let first = 1; first <= count; first += 10) {
    const users = Array.from({ length: Math.min(10, count - first + 1) }, (_, at) => first + at);
    const answers = http.batch(
      users.map((user) => ({
        method: definition.method,
        url: `${__ENV["PROOFLOAD_BASE_URL"] ?? ""}${definition.path}`,
        body: JSON.stringify({ email: email(user), password: PASSWORD }),
        params: { headers: { "Content-Type": "application/json" }, tags: { name: LOGIN, phase: "setup" } },
      })),
    );
    users.forEach((user, at) => {
      const answer = answers[at];
      if (answer?.status !== 200) {
        throw new Error(`setup: login of ${email(user)} failed with status ${answer?.status}`);
      }
      const tokens = JSON.parse(String(answer.body)) as Tokens;
      found.push({ token: tokens.accessToken, refreshToken: tokens.refreshToken, user });
    });
  }
  return found;
}

/** One of the sessions that `setup()` returned, by the iteration's number: all of them in turn. */
export function pickSession(all: readonly Session[]): Session {
  const found = all[iteration() % all.length];
  if (found === undefined) throw new Error("pickSession() needs what sessions(count) returned from setup()");
  return found;
}
