import { ProofloadError } from "./errors.ts";
import type { Host } from "./host.ts";

/** Says on standard error what stopped us, where, and what to do; returns the exit code. */
export function reportFailure(error: unknown, host: Host): number {
  const known = error instanceof ProofloadError ? error : asInternal(error, host);
  host.out.note(`${known.code}: ${known.message}\n`);
  for (const { where, what, instead } of known.problems) {
    host.out.note(`  ${where}: ${what}\n${instead === undefined ? "" : `    instead: ${instead}\n`}`);
  }
  host.out.note(`  → ${known.hint}\n`);
  if (host.env["PROOFLOAD_DEBUG"] !== undefined) {
    host.out.note(`${describe(error)}\n`);
  }
  return known.exitCode;
}

/** An interruption surfaces as many things (aborted requests, killed children): what the user did is what counts. */
function asInternal(error: unknown, host: Host): ProofloadError {
  const reason: unknown = host.interrupted.reason;
  if (host.interrupted.aborted && reason instanceof ProofloadError) {
    return reason;
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ProofloadError("PL_INTERNAL", `${message} (set PROOFLOAD_DEBUG=1 for the stack)`, { cause: error });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const cause = error.cause === undefined ? "" : `\ncaused by ${describe(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
