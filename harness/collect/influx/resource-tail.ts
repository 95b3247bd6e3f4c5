import { open } from "node:fs/promises";
import type { ResourceSample } from "../resource-sampler.ts";

/** Reads resources.jsonl as it grows. */
export interface ResourceTail {
  /** The samples behind those that were given before, a bounded number of them; none at the end, or without a file. */
  next(): Promise<ResourceSample[]>;
}

const READ_BYTES = 256 * 1024;

/** A line that is not whole yet is left for later; one that is no sample is passed over: the samples say nothing of load. */
export function createResourceTail(path: string): ResourceTail {
  let position = 0;
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  return {
    async next() {
      const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      });
      if (handle === undefined) return [];
      try {
        const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, position);
        const held = buffer.subarray(0, bytesRead);
        const end = held.lastIndexOf("\n") + 1;
        // A line longer than all that is read at once is no sample of ours.
        position += end === 0 && bytesRead === READ_BYTES ? bytesRead : end;
        return held.subarray(0, end).toString("utf8").split("\n").flatMap(sampleIn);
      } finally {
        await handle.close();
      }
    },
  };
}

function sampleIn(line: string): ResourceSample[] {
  try {
    const sample: Partial<ResourceSample> | null = JSON.parse(line);
    if (typeof sample?.at !== "number" || typeof sample.values !== "object" || sample.values === null) return [];
    return [{ at: sample.at, values: sample.values }];
  } catch {
    return [];
  }
}
