import type { HardwareProfile } from "../../harness/plan/definition.ts";
import { postgresSettings, redisSettings } from "./server-settings.ts";

/** For specifications that name no hardware: what the cheapest CI runner has, so that a PASS means the same everywhere. */
export const small: HardwareProfile = {
  name: "small",
  cpus: 2,
  memoryGiB: 4,
  parts: {
    service: { cpus: 1, memoryMiB: 1024 },
    postgres: { cpus: 0.5, memoryMiB: 1024 },
    redis: { cpus: 0.25, memoryMiB: 512 },
    generator: { cpus: 0.25, memoryMiB: 1024 },
  },
  postgres: postgresSettings,
  redis: redisSettings,
};
