import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { transform } from "esbuild";
import { canonicalText } from "../plan/differences.ts";
import type { Workload } from "../plan/workload.ts";
import { canonicalScript } from "./canonical-script.ts";

/** What a run asked, as two hashes (sha256): equal ones mean the same work. */
export interface WorkloadHash {
  /** Of the resolved plan and the script. */
  readonly hash: string;
  /** Of the minified script with its modules, without the plan in it: comments and names of locals change nothing. */
  readonly script: string;
}

export function workloadHash(workload: Workload, script: string): WorkloadHash {
  return { hash: sha256(`${canonicalText(workload)}\n${script}`), script };
}

/**
 * Of one module alone, minified: what it imports is what a micro-benchmark measures, and is meant to change.
 * Rejects where it cannot be read or parsed.
 */
export async function moduleHash(file: string): Promise<string> {
  const loader = /\.[cm]?ts$/.test(file) ? "ts" : "js";
  const { code } = await transform(await readFile(file, "utf8"), { loader, minify: true, format: "esm" });
  return sha256(canonicalScript(code));
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
