import { endpoint } from "../lib/endpoint.ts";
import type { Session } from "../lib/session.ts";

const preload = endpoint<{ readonly preloaded: number; readonly bytes: number }>("memories.preload");

/** Warms the caches of one user. */
export function preloadMemories({ token }: Session): void {
  preload({ token, check: (body) => (body.preloaded > 0 && body.bytes > 0) || "nothing was preloaded" });
}
