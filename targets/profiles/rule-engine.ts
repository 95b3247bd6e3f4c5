import type { HardwareProfile } from "../../harness/plan/definition.ts";

/** The four machines that the rule engine's specification names (BIN-01). Figures bound to one carry it in `boundTo`. */
export const ruleEngineProfiles = {
  /** Apple M1 Pro: 8 performance and 2 efficiency cores, 32 GB. */
  reference: { name: "reference (Apple M1 Pro)", cpus: 10, memoryGiB: 32 },
  /** AWS c6i.4xlarge or equivalent. */
  production: { name: "production (c6i.4xlarge)", cpus: 16, memoryGiB: 32 },
  ci: { name: "CI", cpus: 8, memoryGiB: 16 },
  development: { name: "development", cpus: 4, memoryGiB: 8 },
} as const satisfies Record<string, HardwareProfile>;
