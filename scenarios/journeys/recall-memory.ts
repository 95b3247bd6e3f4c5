import { endpoint } from "../lib/endpoint.ts";
import { random } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { memoryOf } from "./seeded.ts";

const read = endpoint<{ readonly id: number; readonly content: string }>("memories.read");

/** A seeded memory of the user. */
export function recallMemory({ token, user }: Session): void {
  const memoryId = memoryOf(user, random("memory"));
  read({ token, params: { memoryId }, check: (body) => body.id === memoryId || "another memory" });
}
