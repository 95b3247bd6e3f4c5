import { signInAndOut } from "./journeys/sign-in-and-out.ts";
import { signUp } from "./journeys/sign-up.ts";

export function session(): void {
  signInAndOut();
}

export function register(): void {
  signUp();
}
