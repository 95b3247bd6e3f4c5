import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** Beyond this many places, which a script may make up, the rest is one. */
const MOST = 20;
const OTHERS = "other places";
/** What k6's dialer says, and what the guards of bundle-entry.ts and scenarios/lib/grpc-shim.ts say. */
const KEPT = /IP \(([^)]+)\) is in a blacklisted range|proofload: not allowed: (.+?)[;"\\]/;

/** Where k6 was kept from, read from its log; empty where there is no log. */
export async function keptFrom(logFile: string): Promise<readonly { where: string; times: number }[]> {
  const times = new Map<string, number>();
  try {
    for await (const line of createInterface({ input: createReadStream(logFile) })) {
      const [, address, thing] = KEPT.exec(line) ?? [];
      const found = address ?? thing;
      if (found === undefined) continue;
      const where = times.has(found) || times.size < MOST ? found : OTHERS;
      times.set(where, (times.get(where) ?? 0) + 1);
    }
  } catch {
    return []; // the disk is full or the folder gone: other steps say so
  }
  return [...times].map(([where, count]) => ({ where, times: count }));
}
