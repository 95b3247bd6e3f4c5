import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { AbRecord } from "../collect/ab-record.ts";
import { abRecordSchema } from "../collect/ab-schema.ts";
import { readChecked } from "../collect/run-directory.ts";
import type { Host } from "../host.ts";
import type { AbRules } from "../verdict/ab/ab-verdict.ts";
import { AB_DIRECTORY } from "./ab.ts";

export interface StoredAb {
  readonly record: AbRecord;
  /** Those of its verdict. One that was ended before its verdict is over: what is left of its chances is used now. */
  readonly rules: AbRules;
}

/** Of plan.json and verdict.json only what decides. */
const withRules = z.object({
  rules: z.strictObject({
    margin: z.number().positive(),
    alpha: z.number().positive(),
    equivalenceAlpha: z.number().positive(),
    minimumStarts: z.int().positive(),
    mostStarts: z.int().positive(),
    over: z.boolean(),
  }),
});

/**
 * A stored A/B comparison by its id or its folder; undefined where the word names none. Throws PL_RUN_UNREADABLE where
 * its files were edited or cut off.
 */
export async function storedAb(host: Host, word: string): Promise<StoredAb | undefined> {
  const folder = [join(host.cwd, AB_DIRECTORY, word), resolve(host.cwd, word)].find(
    (path) => word !== "" && existsSync(join(path, "ab.json")),
  );
  if (folder === undefined) return undefined;
  const record = await readChecked(join(folder, "ab.json"), abRecordSchema);
  const verdict = join(folder, "verdict.json");
  if (existsSync(verdict)) return { record, rules: (await readChecked(verdict, withRules)).rules };
  const { rules } = await readChecked(join(folder, "plan.json"), withRules);
  return { record, rules: { ...rules, over: true } };
}
