import { join } from "node:path";

/** Where runs live, relative to the folder in which proofload was started. */
export const RUNS_DIRECTORY = join(".proofload", "runs");
