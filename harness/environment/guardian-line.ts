import type { EngineAddress } from "./containers/engine-remains.ts";

/** What the harness tells its guardian, one JSON object per line. */
export type GuardianLine =
  /** A child in a process group of its own; `signal` asks it to end, and after `graceMs` it is forced to. */
  | {
      readonly kind: "child";
      readonly pid: number;
      readonly name: string;
      readonly signal: NodeJS.Signals;
      readonly graceMs?: number;
    }
  | { readonly kind: "gone"; readonly pid: number }
  /** Told before the folder is made, so that no moment is left in which nobody knows of it. */
  | { readonly kind: "directory"; readonly path: string }
  /** `controlFile` (Linux): the list of the shared memory files of this cluster, known only while it lives. */
  | { readonly kind: "postgres"; readonly dataDirectory: string; readonly controlFile?: string }
  /** Told before the first container, volume or network is made: what carries the run's label is removed from it. */
  | ({ readonly kind: "engine" } & EngineAddress)
  /** The harness ends by itself: nothing that it asked for is still under way. */
  | { readonly kind: "end" };

/** The environment variable that marks every child, and every child of a child, with the run. */
export const RUN_MARKER = "PROOFLOAD_RUN";
