import { ProofloadError } from "../errors.ts";
import { findK6, type K6Search } from "./k6-binary.ts";
import { K6_VERSION } from "./k6-release.ts";

/** One line of `proofload doctor`. */
export interface DoctorLine {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to type; absent when all is well. */
  readonly remedy?: string;
}

/** Is the pinned k6 here? Builds and downloads nothing. */
export async function checkK6(search: K6Search): Promise<DoctorLine> {
  const name = `k6 ${K6_VERSION}`;
  try {
    const { found, tried } = await findK6(search);
    if (found !== undefined) return { name, ok: true, found: `${found.path} (${found.source})` };
    return {
      name,
      ok: false,
      found: tried.map((problem) => `${problem.where}: ${problem.what}`).join("; "),
      remedy:
        "nothing: the first run downloads it, or builds it with Go 1.25 or newer (1 to 3 minutes), or takes it from its " +
        "image with Docker; or set PROOFLOAD_K6 to your own",
    };
  } catch (error) {
    if (!(error instanceof ProofloadError)) throw error;
    const instead = error.problems.find((problem) => problem.instead !== undefined)?.instead;
    return { name, ok: false, found: error.message, remedy: instead ?? error.hint };
  }
}

/** `engines.node` of package.json. */
const NODE_NEEDED = [24, 7] as const;

/** @param version of Node, e.g. `process.versions.node`. */
export function checkNode(version: string): DoctorLine {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [neededMajor, neededMinor] = NODE_NEEDED;
  const ok = major > neededMajor || (major === neededMajor && minor >= neededMinor);
  const name = `Node ≥ ${NODE_NEEDED.join(".")}`;
  const found = `Node ${version}`;
  return ok ? { name, ok, found } : { name, ok, found, remedy: "npm ci (without --ignore-scripts)" };
}
