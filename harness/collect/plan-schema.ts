import { z } from "zod";
import { budgetSchema } from "../plan/budget-schema.ts";
import { hardwareSchema, plannedHardwareSchema } from "../plan/hardware-schema.ts";
import type { Plan } from "../plan/plan.ts";

const load = z.discriminatedUnion("model", [
  z.strictObject({ model: z.literal("open"), rate: z.number(), seconds: z.number(), vus: z.number() }),
  z.strictObject({
    model: z.literal("open-ramp"),
    startRate: z.number(),
    stages: z.array(z.strictObject({ rate: z.number(), seconds: z.number() })),
    vus: z.number(),
  }),
  z.strictObject({ model: z.literal("closed"), users: z.number(), seconds: z.number() }),
  z.strictObject({
    model: z.literal("closed-ramp"),
    stages: z.array(z.strictObject({ users: z.number(), seconds: z.number() })),
  }),
  z.strictObject({
    model: z.literal("iterations"),
    users: z.number(),
    iterationsPerUser: z.number(),
    atMostSeconds: z.number(),
  }),
  z.strictObject({ model: z.literal("one-at-a-time"), requests: z.number(), atMostSeconds: z.number() }),
]);

const scenario = z.strictObject({
  name: z.string(),
  title: z.string(),
  target: z.string(),
  profile: plannedHardwareSchema,
  kind: z.enum(["proofload", "k6"]),
  script: z.string(),
  warmupSeconds: z.number(),
  measuredSeconds: z.number(),
  peak: z
    .strictObject({
      vus: z.number(),
      rate: z.number().exactOptional(),
      seconds: z.number(),
      rps: z.number().exactOptional(),
    })
    .exactOptional(),
  streams: z.array(
    z.strictObject({
      name: z.string(),
      exec: z.string(),
      warmup: load.exactOptional(),
      measured: load,
      calls: z.record(z.string(), z.number()),
      vusNeeded: z.number().exactOptional(),
    }),
  ),
  endpoints: z.array(
    z.strictObject({
      name: z.string(),
      method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]),
      path: z.string(),
      class: z.string(),
      classTitle: z.string(),
      budgets: z.array(budgetSchema),
    }),
  ),
  budgets: z.array(budgetSchema),
  settings: z.record(z.string(), z.string()),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  data: z.intersection(z.object({ seed: z.number() }), z.record(z.string(), z.union([z.number(), z.string()]))),
});

const micro = z.strictObject({
  name: z.string(),
  title: z.string(),
  target: z.string(),
  profile: hardwareSchema,
  script: z.string(),
  budgets: z.array(budgetSchema),
  sweep: z.strictObject({ name: z.string(), sizes: z.array(z.number()) }).exactOptional(),
  nodeFlags: z.array(z.string()),
  timing: z.strictObject({
    warmupMs: z.number(),
    rounds: z.number(),
    roundMs: z.number(),
    heapRepeats: z.number(),
  }),
});

const dependency = z.strictObject({
  urlVariable: z.string(),
  settings: z.record(z.string(), z.string()).exactOptional(),
});

const service = z.strictObject({
  name: z.string(),
  directory: z.string(),
  command: z.array(z.string()),
  seedCommand: z.array(z.string()).exactOptional(),
  build: z.array(z.string()).exactOptional(),
  needs: z.strictObject({ postgres: dependency.exactOptional(), redis: dependency.exactOptional() }),
  portVariable: z.string(),
  environment: z.record(z.string(), z.string()).exactOptional(),
  readyPath: z.string(),
  readyWithin: z.string(),
  metricsPath: z.string().exactOptional(),
  resetHook: z
    .union([z.strictObject({ command: z.array(z.string()) }), z.strictObject({ post: z.string() })])
    .exactOptional(),
  container: z
    .union([
      z.strictObject({ image: z.string() }),
      z.strictObject({
        dockerfile: z.string(),
        context: z.string().exactOptional(),
        buildArguments: z.record(z.string(), z.string()).exactOptional(),
      }),
    ])
    .exactOptional(),
});

/**
 * The shape of plan.json, as far as a stored run is judged and reported by it. Does not compile when the schema gives
 * anything that is no Plan.
 */
export const planSchema: z.ZodType<Plan> = z.strictObject({
  schema: z.literal("proofload/plan/1"),
  runId: z.string(),
  createdAt: z.string(),
  suite: z.string(),
  environment: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("embedded") }),
    z.strictObject({ kind: z.literal("containers") }),
    z.strictObject({ kind: z.literal("url"), url: z.string() }),
    z.strictObject({ kind: z.literal("process") }),
  ]),
  allow: z
    .strictObject({
      hosts: z.array(z.string()),
      maxVus: z.number().exactOptional(),
      maxRate: z.number().exactOptional(),
      maxDuration: z.string().exactOptional(),
    })
    .exactOptional(),
  hardware: z.strictObject({ profile: hardwareSchema, scale: z.boolean(), asked: z.boolean() }).exactOptional(),
  service: service.exactOptional(),
  scenarios: z.array(scenario),
  micro: z.array(micro).exactOptional(),
  requirements: z.array(
    z.strictObject({
      id: z.string(),
      target: z.string(),
      promise: z.string(),
      measuredBy: z.string(),
      notMeasured: z.string().exactOptional(),
    }),
  ),
});
