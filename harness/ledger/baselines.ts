import { z } from "zod";
import { type LedgerLayout, layoutOf } from "./layout.ts";
import { type NamedFiles, namedFiles } from "./named-files.ts";

/** A named set of runs. */
export interface Baseline {
  readonly schema: "proofload/baseline/1";
  /** ISO 8601. */
  readonly savedAt: string;
  /** Ids, oldest first. */
  readonly runs: readonly string[];
}

const schema: z.ZodType<Baseline> = z.strictObject({
  schema: z.literal("proofload/baseline/1"),
  savedAt: z.iso.datetime(),
  runs: z.array(z.string()).min(1),
});

export function baselinesIn({ baselines }: LedgerLayout): NamedFiles<Baseline> {
  return namedFiles(baselines, schema);
}

/** What a baseline may be called: a file name everywhere, and no way of naming a run. */
export function isBaselineName(name: string): boolean {
  return /^[a-zA-Z][\w.-]{0,63}$/.test(name) && !/^last(~\d+)?$/.test(name);
}

/** Runs that some baseline holds: they are never pruned. */
export async function runsOfBaselines(root: string): Promise<Set<string>> {
  const all = await baselinesIn(layoutOf(root)).list();
  return new Set(all.flatMap(({ value }) => value.runs));
}
