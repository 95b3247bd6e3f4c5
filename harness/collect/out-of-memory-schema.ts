import { z } from "zod";
import type { OutOfMemoryRecord } from "./record.ts";

/** Of record.json and report.json. */
export const outOfMemorySchema: z.ZodType<OutOfMemoryRecord> = z
  .strictObject({
    part: z.enum(["service", "postgres", "redis"]),
    how: z.string().describe('"killed by SIGKILL"'),
    limitBytes: z.int().positive(),
    at: z.number().describe("milliseconds since the epoch"),
    scenario: z.string().exactOptional().describe("absent for the seed and the first start"),
    during: z.enum(["start", "load"]),
    lastLines: z.array(z.string()),
  })
  .meta({ description: "a part that the kernel ended at its memory limit" });
