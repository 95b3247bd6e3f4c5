import { ProofloadError } from "./errors.ts";
import type { Host, Output } from "./host.ts";

/** The real process behind the Host interface. */
export function nodeHost(): Host {
  return {
    env: process.env,
    cwd: process.cwd(),
    out: nodeOutput(),
    interrupted: interruption(),
    now: () => Date.now(),
  };
}

function nodeOutput(): Output {
  // Who read it has gone (`| head`, a closed terminal, a parent that was killed): what is said is lost, the run is not.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const live = process.stderr.isTTY === true && process.env["TERM"] !== "dumb";
  return {
    write: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    live,
    colour:
      process.env["NO_COLOR"] === undefined &&
      (process.stdout.isTTY === true || process.env["FORCE_COLOR"] !== undefined),
    columns: process.stderr.columns ?? process.stdout.columns ?? 100,
  };
}

/** SIGHUP and SIGTERM are treated like Ctrl-C; 143 is the exit code that a supervisor expects after SIGTERM. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      return;
    }
    const code = signal === "SIGTERM" ? "PL_TERMINATED" : "PL_INTERRUPTED";
    controller.abort(new ProofloadError(code, `stopped by ${signal}`));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, abort);
  }
  return controller.signal;
}
