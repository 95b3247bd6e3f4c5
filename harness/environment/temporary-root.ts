import { access, constants, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";

/**
 * Where the run's temporary folders (above all the data of Postgres) are made. TMPDIR when it is set; else /var/tmp,
 * because /tmp is memory on many systems, where an fsync costs nothing. As root the folder must be one that another
 * user can reach, because Postgres refuses to run as root.
 */
export async function temporaryRoot(env: Host["env"]): Promise<string> {
  const candidates = [env["TMPDIR"], process.platform === "linux" ? "/var/tmp" : undefined, tmpdir(), "/tmp"];
  const asRoot = process.getuid?.() === 0;
  for (const candidate of candidates) {
    if (candidate === undefined || candidate === "") continue;
    const folder = resolve(candidate);
    if ((await isWritable(folder)) && (!asRoot || (await isReachableByOthers(folder)))) return folder;
  }
  throw new ProofloadError("PL_START_FAILED", "no folder for temporary files: TMPDIR, /var/tmp and /tmp are all unfit");
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isReachableByOthers(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const entry = await stat(at).catch(() => undefined);
    if (entry === undefined || (entry.mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}
