import { join } from "node:path";
import type { Host } from "../host.ts";
import { type Ledger, type OpenLedgerOptions, openLedger } from "../ledger/ledger.ts";
import { stepLine } from "./progress-line.ts";

/** Where everything lies that proofload keeps, in the folder in which it was started. */
export function ledgerRoot(host: Pick<Host, "cwd">): string {
  return join(host.cwd, ".proofload");
}

/** The ledger of this folder, with progress while it reads, and a note where it had to be made anew. Throws PL_LEDGER. */
export async function ledgerOf(host: Host, options: Omit<OpenLedgerOptions, "onProgress"> = {}): Promise<Ledger> {
  const { show, note, clear } = stepLine(host);
  let shownAt = host.now();
  const onProgress = (done: number, of: number) => {
    if (host.now() - shownAt < 1000) return;
    shownAt = host.now();
    show(`reading stored runs: ${done} of ${of}`);
  };
  try {
    const ledger = await openLedger(ledgerRoot(host), { ...options, onProgress });
    clear();
    if (ledger.renewed !== undefined) note(`${ledger.renewed}: it was made again from the files`);
    return ledger;
  } finally {
    clear();
  }
}
