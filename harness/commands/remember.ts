import type { Host } from "../host.ts";
import { ledgerOf } from "./ledger-root.ts";

/**
 * Brings the ledger up to what lies in `.proofload`, after a command that left something there. Never throws: a run that
 * is not in the index is no failed run, and the next command that opens the ledger finds it.
 */
export async function remember(host: Host, changed: readonly string[] = []): Promise<void> {
  try {
    const ledger = await ledgerOf(host, { changed });
    ledger[Symbol.dispose]();
  } catch (error) {
    host.out.note(`the ledger has not taken it up: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
