import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Problem, ProofloadError } from "../errors.ts";
import { nearest } from "../plan/nearest.ts";
import { shown } from "./bundle.ts";
import { inspectArguments } from "./k6-arguments.ts";
import { errorText } from "./k6-exit.ts";
import type { InspectedOptions } from "./user-options.ts";

export interface Inspection {
  readonly k6: string;
  /** The bundle with its map. */
  readonly text: string;
  /** Absolute path of the script, for messages; relative `open()` is resolved from its folder. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Names to suggest for an unknown endpoint. */
  readonly endpoints?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Lets k6 load a bundle without running it. What the script does while it is loaded happens, so this comes before
 * anything is started.
 * @throws ProofloadError PL_SCENARIO with all unknown endpoints, or the exception, each with file and line.
 */
export async function inspectBundle(of: Inspection): Promise<InspectedOptions> {
  const { code, stdout, stderr } = await runInspect(of);
  of.signal.throwIfAborted();
  if (code === 0) return JSON.parse(stdout);
  const problems = problemsOf(stderr, of);
  const name = shown(of.script, of.cwd);
  throw new ProofloadError("PL_SCENARIO", `${name} cannot be loaded by k6`, { problems });
}

/** The same mark as in scenarios/lib/init-problems.ts. */
const MARK = "PROOFLOAD_INIT_PROBLEMS";

/** Pure but for file URLs: what k6 said on standard error, as problems with places in the user's own files. */
export function problemsOf(stderr: string, of: Pick<Inspection, "script" | "cwd" | "endpoints">): readonly Problem[] {
  const message =
    stderr
      .split("\n")
      .map(errorText)
      .findLast((text) => text !== undefined) ?? stderr.trim();
  const marked = message.split(MARK)[1];
  if (marked === undefined) {
    const [what = "k6 gave no reason"] = message.split(/\n\s*at /);
    return [{ what: what.trim(), where: place(message, of) }];
  }
  const found: readonly { readonly endpoint: string; readonly stack: string }[] = JSON.parse(marked);
  const known = of.endpoints ?? [];
  return found.map(({ endpoint, stack }) => ({
    what: `the target has no endpoint "${endpoint}" in this scenario`,
    where: place(stack, of),
    ...(known.length === 0 ? {} : { instead: nearest(endpoint, known) }),
  }));
}

/** The first frame that is not in our library: "at f (file:///…/crud.ts:6:23(5))". k6 counts columns from 0. */
function place(stack: string, { script, cwd }: Pick<Inspection, "script" | "cwd">): string {
  for (const [, url, line, column] of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+):(\d+)/g)) {
    if (url === undefined || url.includes("/scenarios/lib/")) continue;
    const path = fileURLToPath(decodeURIComponent(url));
    return `${shown(path, cwd)}:${line}:${Number(column) + 1}`;
  }
  return shown(script, cwd);
}

async function runInspect(of: Inspection): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      of.k6,
      inspectArguments("-", { requirements: true }),
      // k6 resolves what a script on standard input opens from its working directory
      { cwd: dirname(of.script), env: { ...of.env }, maxBuffer: 64 << 20, timeout: 120_000, signal: of.signal },
      (error, stdout, stderr) => {
        if (error === null || of.signal.aborted) return resolve({ code: 0, stdout, stderr });
        if (typeof error.code === "number") return resolve({ code: error.code, stdout, stderr });
        reject(new ProofloadError("PL_K6_FAILED", `k6 inspect could not be run: ${error.message}`, { cause: error }));
      },
    );
    child.stdin?.on("error", () => {}); // it ended before it had read everything: its exit tells why
    child.stdin?.end(of.text);
  });
}
