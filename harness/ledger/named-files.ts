import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { ProofloadError } from "../errors.ts";

/** Small files of one kind in a folder, each with a name; what they say cannot be worked out from anything else. */
export interface NamedFiles<Value> {
  /** In the order of their names. Throws PL_LEDGER, naming the file, where one was edited. */
  list(): Promise<{ readonly name: string; readonly value: Value }[]>;
  read(name: string): Promise<Value | undefined>;
  write(name: string, value: Value): Promise<void>;
  /** False where there was none. */
  remove(name: string): Promise<boolean>;
}

export function namedFiles<Value>(folder: string, schema: z.ZodType<Value>): NamedFiles<Value> {
  const fileOf = (name: string) => join(folder, `${name}.json`);
  const read = async (name: string): Promise<Value | undefined> => {
    let text: string;
    try {
      text = await readFile(fileOf(name), "utf8");
    } catch {
      return undefined;
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new ProofloadError("PL_LEDGER", `${fileOf(name)} was edited or cut short`, { cause });
    }
  };
  return {
    read,
    async list() {
      const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".json")).sort();
      const names = files.map((file) => file.slice(0, -".json".length));
      const values = await Promise.all(names.map(read));
      return names.flatMap((name, index) => {
        const value = values[index];
        return value === undefined ? [] : [{ name, value }];
      });
    },
    async write(name, value) {
      try {
        await mkdir(folder, { recursive: true });
        const temporary = `${fileOf(name)}.${process.pid}.tmp`;
        await writeFile(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { flush: true });
        await rename(temporary, fileOf(name));
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new ProofloadError("PL_LEDGER", `cannot write ${fileOf(name)}: ${why}`, { cause });
      }
    },
    async remove(name) {
      const known = (await read(name).catch(() => null)) !== undefined;
      await rm(fileOf(name), { force: true });
      return known;
    },
  };
}
