import { sleep } from "k6";
import { random } from "../lib/random.ts";

let next: number | undefined;

/**
 * Waits until this user's turn. Turns come every `seconds`, however long the answers took: a user who had to wait
 * thinks less afterwards, so that a slow second does not lower the load of the next. The first turn is a random part
 * of the period away, so that a hundred users do not arrive in step.
 */
export function awaitTurn(seconds: number): void {
  const now = Date.now();
  next = next === undefined ? now + random("arrival").next() * seconds * 1000 : next + seconds * 1000;
  if (next > now) sleep((next - now) / 1000);
}

/** Time to think: between `from` and `to` seconds. */
export function think(from: number, to: number): void {
  sleep(from + random("think").next() * (to - from));
}
