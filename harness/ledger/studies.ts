import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ProofloadError } from "../errors.ts";
import type { LedgerEntry } from "./entry.ts";
import type { LedgerLayout } from "./layout.ts";

/** Names become paths. */
const fileName = z.string().regex(/^\w[\w.-]{0,99}$/);

/** Only what says which study it is, and how far it came; the results are its own. See harness/studies.ts. */
const study = z.looseObject({
  schema: z.literal("proofload/study/1"),
  name: fileName,
  id: fileName,
  results: z.array(z.unknown()),
});

/** Files of what `aa` and `npm run bench:verdict` measured about proofload itself. */
export async function listStudies({ studies }: LedgerLayout): Promise<string[]> {
  const names = (await readdir(studies).catch(() => [])).sort();
  const files = await Promise.all(
    names.map(async (name) => {
      const own = (await readdir(join(studies, name)).catch(() => [])).filter((file) => file.endsWith(".json")).sort();
      return own.map((file) => join(studies, name, file));
    }),
  );
  return files.flat();
}

/** One of them as an entry of a history. Throws PL_LEDGER, naming the file, where it was edited or cut short. */
export async function studyEntry(file: string): Promise<LedgerEntry> {
  const record = await readStudy(file);
  return { schema: "proofload/ledger-entry/1", kind: "study", id: record.id, record };
}

/**
 * Lays a study where it would lie if it had been measured here. A study grows: one that is there with as many results or
 * more stays. True where something was written. Throws PL_LEDGER where the entry holds no study.
 */
export async function keepStudy({ studies }: LedgerLayout, { record }: LedgerEntry): Promise<boolean> {
  const parsed = study.safeParse(record);
  if (!parsed.success) throw new ProofloadError("PL_LEDGER", "it says that it is a study, and is none");
  const { name, id, results } = parsed.data;
  const folder = join(studies, name);
  const file = join(folder, `${id}.json`);
  const known = await readStudy(file).catch(() => undefined);
  if (known !== undefined && known.results.length >= results.length) return false;
  await mkdir(folder, { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(record, undefined, 1)}\n`, { flush: true });
  await rename(temporary, file);
  return true;
}

async function readStudy(file: string): Promise<z.infer<typeof study>> {
  try {
    return study.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    throw new ProofloadError("PL_LEDGER", `${file} cannot be read as a study`, { cause });
  }
}
