import { nextUser } from "./journeys/seeded.ts";
import type { Tokens } from "./journeys/types.ts";
import { endpoint } from "./lib/endpoint.ts";
import { email, PASSWORD } from "./lib/session.ts";

const login = endpoint<Tokens>("auth.loginBurst");

/** One login after the other, without a pause: what the specification's own script does. */
export function burst(): void {
  const address = email(nextUser());
  login({
    body: { email: address, password: PASSWORD },
    check: (body) => (body.user.email === address && body.accessToken !== "") || "somebody else's session",
  });
}
