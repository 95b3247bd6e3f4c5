import type { HardwareProfile } from "../../harness/plan/definition.ts";
import { postgresSettings, redisSettings } from "./server-settings.ts";

const servers = { postgres: postgresSettings, redis: redisSettings };

/**
 * The four machines that the rule engine's specification names (BIN-01). Figures bound to one carry it in `boundTo`. Whole
 * cores for the generator, the service and the two servers together, so that none of them disturbs another.
 */
export const ruleEngineProfiles = {
  /** Apple M1 Pro: 8 performance and 2 efficiency cores, 32 GB. */
  reference: {
    name: "reference (Apple M1 Pro)",
    cpus: 10,
    memoryGiB: 32,
    parts: {
      service: { cpus: 6, memoryMiB: 12_288 },
      postgres: { cpus: 1.5, memoryMiB: 8192 },
      redis: { cpus: 0.5, memoryMiB: 4096 },
      generator: { cpus: 2, memoryMiB: 4096 },
    },
    ...servers,
  },
  /** AWS c6i.4xlarge or equivalent. */
  production: {
    name: "production (c6i.4xlarge)",
    cpus: 16,
    memoryGiB: 32,
    parts: {
      service: { cpus: 8, memoryMiB: 12_288 },
      postgres: { cpus: 3, memoryMiB: 8192 },
      redis: { cpus: 1, memoryMiB: 4096 },
      generator: { cpus: 4, memoryMiB: 4096 },
    },
    ...servers,
  },
  ci: {
    name: "CI",
    cpus: 8,
    memoryGiB: 16,
    parts: {
      service: { cpus: 4, memoryMiB: 6144 },
      postgres: { cpus: 1.5, memoryMiB: 4096 },
      redis: { cpus: 0.5, memoryMiB: 2048 },
      generator: { cpus: 2, memoryMiB: 2048 },
    },
    ...servers,
  },
  development: {
    name: "development",
    cpus: 4,
    memoryGiB: 8,
    parts: {
      service: { cpus: 2, memoryMiB: 3072 },
      postgres: { cpus: 0.75, memoryMiB: 2048 },
      redis: { cpus: 0.25, memoryMiB: 1024 },
      generator: { cpus: 1, memoryMiB: 1024 },
    },
    ...servers,
  },
} as const satisfies Record<string, HardwareProfile>;
