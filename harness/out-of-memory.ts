import type { OutOfMemoryRecord } from "./collect/record.ts";
import type { PartFailure } from "./environment/environment.ts";
import { PartDied } from "./environment/failure-watch.ts";
import type { Layout } from "./plan/profile.ts";

interface Circumstances {
  readonly layout: Layout | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly scenario?: string | undefined;
  readonly during: OutOfMemoryRecord["during"];
}

/** Memory that did not suffice is an answer about the service; every other death is an error, and thrown. */
export function outOfMemoryOf(error: unknown, circumstances: Circumstances): OutOfMemoryRecord {
  const found = error instanceof PartDied ? outOfMemoryRecord(error.failure, circumstances) : undefined;
  if (found === undefined) throw error;
  return found;
}

/** Undefined for a death of another kind, and where no limit was laid out. */
function outOfMemoryRecord(
  failure: PartFailure,
  { layout, at, scenario, during }: Circumstances,
): OutOfMemoryRecord | undefined {
  if (failure.outOfMemory !== true || layout === undefined) return undefined;
  const { part, how, lastLines } = failure;
  const limitBytes = layout.parts[part].memoryBytes;
  return { part, how, limitBytes, at, during, lastLines, ...(scenario === undefined ? {} : { scenario }) };
}
