import type { ProofOptions } from "./prove-limits.ts";

const MIB = 1024 ** 2;
/** Large enough for a shell, small enough to be filled in a moment. */
const PROBE_BYTES = 64 * MIB;
/** `tail` keeps a line whole until it ends, and this one does not. */
const FILL = 'head -c "$1" /dev/zero | tail > /dev/null';
/** What a shell tells of a command that was killed. */
const KILLED = 128 + 9;

/**
 * Is memory past a limit refused on this engine? Asked in a container of its own, within the limits of a part: inside a
 * part it would push out what the part has in its cache, raise its peak, and be counted as its own want of memory.
 * A sentence where it could not be tried.
 */
export async function memoryIsRefused({
  docker,
  parts,
  limits,
  labels,
  signal,
}: ProofOptions): Promise<boolean | string> {
  const part = parts.find(({ image }) => image !== undefined);
  if (part?.image === undefined) return "no image to try its memory limit with";
  const bytes = Math.min(PROBE_BYTES, limits[part.name].memoryBytes);
  const noShell = "its image has no shell, so that no memory limit was tried";
  const container = await docker.createContainer({
    Image: part.image.name,
    Entrypoint: ["/bin/sh", "-c", FILL, "fill"],
    Cmd: [String(bytes + 64 * MIB)],
    Labels: { ...labels, "proofload.part": "probe" },
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      LogConfig: { Type: "none", Config: {} },
      CpusetCpus: limits[part.name].cpuset,
      Memory: bytes,
      MemorySwap: bytes,
    },
  });
  try {
    await container.start();
    const { StatusCode: status } = await container.wait({ abortSignal: signal });
    const { OOMKilled: killed } = (await container.inspect()).State;
    if (killed || status === KILLED) return true;
    return status === 0 ? false : noShell;
  } catch {
    signal.throwIfAborted();
    return noShell;
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {});
  }
}
