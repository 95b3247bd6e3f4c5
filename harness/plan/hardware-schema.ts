import { z } from "zod";
import type { HardwareProfile, PartShare } from "./definition.ts";
import type { Layout, PartLimits } from "./profile.ts";

/** Declared hardware and how it was laid out, wherever it is written: configuration, plan.json, record.json, report.json. */
const settings = z.record(z.string(), z.string());

const share: z.ZodType<PartShare> = z.strictObject({
  cpus: z.number().positive().describe("CPU time per second, in cores"),
  cpuset: z.string().exactOptional().describe('cores that it may run on: "0-3"'),
  memoryMiB: z.number().positive(),
});

export const hardwareSchema: z.ZodType<HardwareProfile> = z
  .strictObject({
    name: z.string().min(1),
    cpus: z.number().positive().describe("of the whole machine"),
    memoryGiB: z.number().positive().describe("of the whole machine"),
    parts: z
      .strictObject({
        service: share.exactOptional(),
        postgres: share.exactOptional(),
        redis: share.exactOptional(),
        generator: share.exactOptional(),
      })
      .exactOptional(),
    postgres: settings.exactOptional(),
    redis: settings.exactOptional(),
  })
  .meta({ description: "declared hardware" });

/** In a plan: what was sent to `proofload collect` says nothing of any hardware. */
export const plannedHardwareSchema: z.ZodType<HardwareProfile> = z.union([
  hardwareSchema,
  z.strictObject({ name: z.literal("unknown"), cpus: z.literal(0), memoryGiB: z.literal(0) }),
]);

const limits: z.ZodType<PartLimits> = z.strictObject({
  cpus: z.number().positive().describe("CPU time per second, in cores"),
  cpuset: z.string().describe('cores of the machine that it may run on: "0-1"'),
  memoryBytes: z.number().positive(),
});

export const layoutSchema: z.ZodType<Layout> = z
  .strictObject({
    profile: z.string(),
    scale: z.number().positive().describe("1: as declared; less: proportionally smaller, not comparable with it"),
    parts: z.strictObject({ service: limits, postgres: limits, redis: limits, generator: limits }),
    sharesCores: z.boolean().describe("too few cores for one set each"),
    postgres: settings,
    redis: settings,
  })
  .meta({ description: "a profile as it was laid out on the machine" });
