/** Writes docs/schema/record.schema.json: `npx node tools/schema/write-record-schema.ts`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { recordJsonSchema } from "../../harness/collect/record-schema.ts";

const folder = new URL("../../docs/schema/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("record.schema.json", folder), `${JSON.stringify(recordJsonSchema(), null, 2)}\n`);
