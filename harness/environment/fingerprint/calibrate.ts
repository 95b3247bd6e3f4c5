import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { childEnd, describeExit, spawnChild } from "../child.ts";
import type { Guardian } from "../guardian.ts";
import { startFailure } from "../log-tail.ts";
import type { Calibration } from "./fingerprint.ts";

const PROCESS = fileURLToPath(new URL("calibration-process.ts", import.meta.url));
const figures: z.ZodType<Calibration> = z.strictObject({
  cpu: z.number().positive(),
  memory: z.number().positive(),
  loopback: z.number().positive(),
});

/**
 * How fast this machine is now, in a second and a half; nothing else of the run may work meanwhile.
 * @throws ProofloadError PL_START_FAILED when the process does not end well.
 */
export async function calibrate(
  guardian: Guardian,
  options: { readonly logFile: string; readonly signal: AbortSignal },
): Promise<Calibration> {
  const { logFile, signal } = options;
  const child = await spawnChild(guardian, "calibration", process.execPath, [PROCESS], {
    cwd: import.meta.dirname,
    env: {},
    logFile,
    stdout: "pipe",
    role: "instrument",
  });
  const [exit, said] = await Promise.all([
    childEnd(child, signal),
    child.process.stdout === null ? "" : text(child.process.stdout),
  ]);
  if (exit.code !== 0) {
    throw startFailure(`the speed of this machine could not be measured: the process ${describeExit(exit)}`, logFile);
  }
  return figures.parse(JSON.parse(said));
}
