import { join } from "node:path";
import { calibrate } from "./environment/fingerprint/calibrate.ts";
import type { Fingerprint } from "./environment/fingerprint/fingerprint.ts";
import { machineFacts } from "./environment/fingerprint/machine.ts";
import type { Guardian } from "./environment/guardian.ts";
import type { K6 } from "./load/k6-binary.ts";
import { sha256OfFile } from "./load/k6-cache.ts";

interface FingerprintOptions {
  /** Absent where no load is driven. */
  readonly k6?: K6;
  /** Absolute; the log of the calibration is left here. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
}

/**
 * On what is measured. Takes a second and a half, in which nothing else of the run may work.
 * @throws ProofloadError PL_START_FAILED when the speed of the machine could not be measured.
 */
export async function takeFingerprint(guardian: Guardian, options: FingerprintOptions): Promise<Fingerprint> {
  const { k6, directory, signal } = options;
  options.onStep("measuring how fast this machine is");
  return {
    machine: machineFacts(),
    ...(k6 === undefined ? {} : { k6: { version: k6.version, sha256: await sha256OfFile(k6.path) } }),
    calibration: await calibrate(guardian, { logFile: join(directory, "calibration.log"), signal }),
  };
}
