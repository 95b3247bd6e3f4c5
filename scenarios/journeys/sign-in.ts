import { endpoint } from "../lib/endpoint.ts";
import { email, PASSWORD } from "../lib/session.ts";
import { nextUser } from "./seeded.ts";
import type { Tokens } from "./types.ts";

const login = endpoint<Tokens>("auth.login");

/** A login of some seeded user. */
export function signIn(): void {
  const address = email(nextUser());
  login({
    body: { email: address, password: PASSWORD },
    check: (body) => body.user.email === address || `logged in as ${body.user.email}, not ${address}`,
  });
}
