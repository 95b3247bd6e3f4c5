import type { DriveOutcome } from "./outcome.ts";

export interface K6End {
  readonly code: number | null;
  readonly signal: string | null;
  /** Of k6.log. */
  readonly lastLines: readonly string[];
  /** We asked k6 to stop (Ctrl-C, a part that died). */
  readonly stopped: boolean;
}

/** What k6's end means: https://github.com/grafana/k6/blob/v2.2.0/errext/exitcodes/codes.go. Thresholds are judged by us. */
export function k6Exit({ code, signal, lastLines, stopped }: K6End): DriveOutcome["exit"] {
  if (stopped && (signal !== null || code === 105)) return { kind: "aborted", how: "stopped by proofload" };
  switch (code) {
    case 0:
      return { kind: "completed" };
    case 99:
      // k6 gives thresholds that were crossed at the end and thresholds that end a run the same code
      return lastLines.some((line) => line.includes("abortOnFail"))
        ? { kind: "aborted", how: "a threshold with abortOnFail was crossed" }
        : { kind: "completed" };
    case 103:
      return { kind: "aborted", how: "stopped through k6's REST API" };
    case 105:
      return { kind: "aborted", how: "k6 got a signal from outside" };
    case 108:
      return { kind: "aborted", how: "the script called test.abort()" };
    case 110:
      return { kind: "aborted", how: "the script called test.fail()" };
    case 100:
      return scriptError("setup() took longer than setupTimeout", lastLines);
    case 101:
      return scriptError("teardown() took longer than teardownTimeout", lastLines);
    case 102:
      return scriptError("a part of the script timed out", lastLines);
    case 104:
      return scriptError("the options are not valid", lastLines);
    case 107:
      return scriptError("the script threw an exception", lastLines);
    default:
      return { kind: "failed", code: code ?? undefined, signal: signal ?? undefined, lastLines };
  }
}

function scriptError(what: string, lastLines: readonly string[]): DriveOutcome["exit"] {
  const said = lastLines.map(errorText).findLast((text) => text !== undefined);
  return { kind: "script-error", message: said === undefined ? what : `${what}: ${said}` };
}

/** The text of an error line in k6's log (logfmt: `time="…" level=error msg="…" hint="…"`), unescaped. */
export function errorText(line: string): string | undefined {
  const quoted = /level=error msg=("(?:[^"\\]|\\.)*"|\S+)/.exec(line)?.[1];
  if (quoted === undefined) return undefined;
  if (!quoted.startsWith('"')) return quoted;
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}
