import { z } from "zod";
import { hostProblem } from "./allowed-load.ts";
import type { Configuration } from "./definition.ts";
import { hardwareSchema } from "./hardware-schema.ts";
import { parseDuration } from "./quantity.ts";

const text = z.string().min(1);
const budgetLine = z.strictObject({
  limit: text,
  source: text,
  boundTo: hardwareSchema.optional(),
});
const load = z.discriminatedUnion("model", [
  z.strictObject({ model: z.literal("open"), rate: z.number().positive(), duration: text }),
  z.strictObject({
    model: z.literal("open-ramp"),
    startRate: z.number().min(0),
    stages: z.array(z.strictObject({ rate: z.number().min(0), duration: text })).min(1),
  }),
  z.strictObject({ model: z.literal("closed"), users: z.int().positive(), duration: text }),
  z.strictObject({
    model: z.literal("closed-ramp"),
    stages: z.array(z.strictObject({ users: z.int().min(0), duration: text })).min(1),
  }),
  z.strictObject({
    model: z.literal("iterations"),
    users: z.int().positive(),
    iterationsPerUser: z.int().positive(),
    atMost: text,
  }),
  z.strictObject({
    model: z.literal("one-at-a-time"),
    requests: z.int().min(12, "12 requests at least: with fewer a mean is no evidence"),
    atMost: text,
  }),
]);
const strings = z.record(z.string(), z.string());
const dependency = z.strictObject({ urlVariable: text, settings: strings.optional() });
const scenario = z.strictObject({
  title: text,
  script: text,
  warmup: text,
  streams: z.record(
    z.string(),
    z.strictObject({ exec: text, load, calls: z.record(z.string(), z.number().positive()) }),
  ),
  budgets: z.array(budgetLine),
  settings: strings.optional(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
const name = z.string().regex(/^[a-z][a-z0-9-]*$/, "must be lower-case letters, digits and dashes");
const micro = z.strictObject({
  title: text,
  script: text,
  budgets: z.array(budgetLine),
  sweep: z
    .strictObject({
      name,
      sizes: z.array(z.int().positive()).min(3, "three sizes at least: a line through two points fits always"),
    })
    .optional(),
  nodeFlags: z.array(z.string().startsWith("-")).optional(),
});
const resetHook = z.union([
  z.strictObject({ command: z.array(text).min(1) }),
  z.strictObject({ post: z.string().startsWith("/") }),
]);
const target = z.strictObject({
  name,
  title: text,
  specification: text,
  service: z.strictObject({
    name: text,
    directory: text,
    command: z.array(text).min(1),
    seedCommand: z.array(text).min(1).optional(),
    build: z.array(text).min(1).optional(),
    needs: z.strictObject({ postgres: dependency.optional(), redis: dependency.optional() }),
    portVariable: text,
    environment: strings.optional(),
    readyPath: z.string().startsWith("/"),
    readyWithin: text,
    metricsPath: z.string().startsWith("/").optional(),
    container: z
      .union([
        z.strictObject({ image: text }),
        z.strictObject({
          dockerfile: text,
          context: text.optional(),
          buildArguments: z.record(z.string(), z.string()).optional(),
        }),
      ])
      .optional(),
    resetHook: resetHook.optional(),
  }),
  profile: hardwareSchema,
  data: z.intersection(z.object({ seed: z.number() }), z.record(z.string(), z.union([z.number(), z.string()]))),
  classes: z.record(z.string(), z.strictObject({ title: text, budgets: z.array(budgetLine) })),
  endpoints: z.record(
    z.string(),
    z.strictObject({
      method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]),
      path: z.string().startsWith("/"),
      class: text,
      budgets: z.array(budgetLine).optional(),
    }),
  ),
  scenarios: z.record(name, scenario),
  micro: z.record(name, micro).optional(),
  requirements: z.array(
    z.strictObject({ id: text, promise: text, measuredBy: text, notMeasured: z.string().optional() }),
  ),
});

const allow = z.strictObject({
  hosts: z.array(
    text.superRefine((entry, context) => {
      const problem = hostProblem(entry);
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    }),
  ),
  maxVus: z.int().positive().optional(),
  maxRate: z.number().positive().optional(),
  maxDuration: z
    .string()
    .refine((value) => parseDuration(value).ok, 'must be a duration such as "10m"')
    .optional(),
});

/** The shape of proofload.config.ts, strict: a field that nobody reads is most likely a misspelt one. */
export const configurationSchema: z.ZodType<Configuration> = z.strictObject({
  targets: z.array(target),
  suites: z.record(z.string(), z.array(text).min(1)),
  sequences: z.record(name, z.array(text).min(1)).optional(),
  allow: allow.optional(),
  profiles: z.record(z.string(), hardwareSchema).optional(),
}) as unknown as z.ZodType<Configuration>;
