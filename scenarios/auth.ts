import { signInAndOut } from "./journeys/sign-in-and-out.ts";
import { signUp } from "./journeys/sign-up.ts";
import { mix } from "./lib/mix.ts";

const either = mix([
  { weight: 1, run: signInAndOut },
  { weight: 1, run: signUp },
]);

export function session(): void {
  signInAndOut();
}

export function register(): void {
  signUp();
}

/** In turns, so that two passwords are hardly ever hashed at once on a machine that has two cores for everything. */
export function accounts(): void {
  either();
}
