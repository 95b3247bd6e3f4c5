import { endpoint } from "../lib/endpoint.ts";

const read = endpoint("two-bytes");

/** The smallest answer there is: what is measured is the way there and back. */
export function ask(): void {
  read();
}
