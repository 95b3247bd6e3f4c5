import { z } from "zod";
import type { LedgerLayout } from "./layout.ts";
import { type NamedFiles, namedFiles } from "./named-files.ts";

/** A change point that somebody looked at and took as the new normal. */
export interface AcceptedShift {
  readonly schema: "proofload/accepted/1";
  /** As `trend` shows it. */
  readonly series: string;
  /** The whole id of the first commit after the change, or of the run where there is no commit. */
  readonly commit: string;
  /** ISO 8601. */
  readonly acceptedAt: string;
  readonly why?: string;
}

const schema: z.ZodType<AcceptedShift> = z.strictObject({
  schema: z.literal("proofload/accepted/1"),
  series: z.string(),
  commit: z.string(),
  acceptedAt: z.iso.datetime(),
  why: z.string().exactOptional(),
});

export function acceptedIn({ accepted }: LedgerLayout): NamedFiles<AcceptedShift> {
  return namedFiles(accepted, schema);
}
