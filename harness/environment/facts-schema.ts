import { z } from "zod";
import { layoutSchema } from "../plan/hardware-schema.ts";
import type { EnvironmentFacts, LimitProof, Part } from "./environment.ts";
import type { Fingerprint } from "./fingerprint/fingerprint.ts";

/** What record.json and report.json say about the environment: written once. */
const count = z.int().min(0);
const partName = z.enum(["service", "postgres", "redis"]);

const part: z.ZodType<Part> = z.strictObject({
  name: partName,
  pid: count.exactOptional(),
  port: count.exactOptional(),
  logFile: z.string().exactOptional(),
  version: z.string().exactOptional(),
  containerId: z.string().exactOptional(),
  image: z.strictObject({ name: z.string(), digest: z.string().describe("of the image's content") }).exactOptional(),
});

const proof: z.ZodType<LimitProof> = z
  .strictObject({
    part: partName,
    cpu: z
      .strictObject({
        quota: z.number().describe("cores that were declared"),
        used: z.number().describe("cores that were used while it burnt as much as it could"),
        periods: count,
        throttledPeriods: count,
        cores: z.string().exactOptional().describe("that the kernel lets it run on"),
      })
      .exactOptional(),
    memory: z.strictObject({ limitBytes: count, refused: z.boolean() }).exactOptional(),
    notTried: z.string().exactOptional().describe("why a limit could not be tried"),
  })
  .meta({ description: "what was found before load: is the declared limit real?" });

export const environmentSchema: z.ZodType<EnvironmentFacts> = z.strictObject({
  kind: z.enum(["embedded", "containers", "url"]),
  baseUrl: z.string(),
  parts: z.array(part),
  limits: z.array(z.string()).describe("what of the declared hardware is not enforced here"),
  engine: z
    .strictObject({
      name: z.string(),
      version: z.string(),
      cgroupVersion: z.string(),
      rootless: z.boolean(),
    })
    .exactOptional()
    .describe("of the containers"),
  layout: layoutSchema.exactOptional(),
  proofs: z.array(proof).exactOptional(),
});

export const fingerprintSchema: z.ZodType<Fingerprint> = z.strictObject({
  machine: z.strictObject({
    cpuModel: z.string(),
    cpus: z.number().min(0).describe("cores that may be used"),
    cores: z.string().describe('which ones: "0-3"'),
    smt: z.string().describe('whether two threads share a core: "on", "off" or "unknown"'),
    governor: z.string().describe("how the kernel chooses the clock rate"),
    memoryBytes: z.number().min(0),
    kernel: z.string(),
    cgroup: z.string().describe('"v1", "v2", "none" or "unknown"'),
    platform: z.string(),
    node: z.string(),
  }),
  k6: z
    .strictObject({ version: z.string(), sha256: z.string().describe("of the binary") })
    .exactOptional()
    .describe("absent where no load was driven"),
  calibration: z
    .strictObject({
      cpu: z.number().positive().describe("millions of fixed steps per second of one core"),
      memory: z.number().positive().describe("GB/s copied by one core"),
      loopback: z.number().positive().describe("TCP round trips of one byte per second"),
    })
    .describe("how fast fixed work was done just before the run; shown, never part of what has to be equal"),
});
