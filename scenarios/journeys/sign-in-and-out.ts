import { endpoint } from "../lib/endpoint.ts";
import { email, PASSWORD } from "../lib/session.ts";
import { nextUser } from "./seeded.ts";
import type { Tokens } from "./types.ts";

const login = endpoint<Tokens>("auth.login");
const refresh = endpoint<Tokens>("auth.refresh");
const logout = endpoint("auth.logout");

/** Login, one refresh, logout. */
export function signInAndOut(): void {
  const address = email(nextUser());
  const first = login({
    body: { email: address, password: PASSWORD },
    check: (body) => body.user.email === address || `logged in as ${body.user.email}, not ${address}`,
  });
  if (!first.ok) return;
  const second = refresh({
    body: { refreshToken: first.body.refreshToken },
    check: (body) => body.refreshToken !== first.body.refreshToken || "the refresh token was not rotated",
  });
  if (second.ok) logout({ token: second.body.accessToken, expect: [204] });
}
