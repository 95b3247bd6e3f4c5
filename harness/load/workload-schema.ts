import { z } from "zod";
import type { WorkloadHash } from "./workload-hash.ts";

export const workloadSchema: z.ZodType<WorkloadHash> = z
  .strictObject({
    hash: z.string().describe("of the resolved plan and the script"),
    script: z.string().describe("of the minified script with its modules, without the plan in it"),
  })
  .meta({ description: "what was asked, as two sha256; equal ones mean the same work" });
