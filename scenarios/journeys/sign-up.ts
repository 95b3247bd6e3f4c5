import { endpoint } from "../lib/endpoint.ts";
import { unique } from "../lib/random.ts";
import type { Tokens } from "./types.ts";

const register = endpoint<Tokens>("auth.register");

/** A new account that nobody else has. */
export function signUp(): void {
  const address = `${unique()}@new.proofload.test`;
  register({
    body: { email: address, password: `a long pass phrase for ${address}`, name: "New user" },
    expect: [201],
    check: (body) => (body.user.email === address && body.accessToken !== "") || "no account of this address",
  });
}
