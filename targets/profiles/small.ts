import type { HardwareProfile } from "../../harness/plan/definition.ts";

/** For specifications that name no hardware: what the cheapest CI runner has, so that a PASS means the same everywhere. */
export const small: HardwareProfile = { name: "small", cpus: 2, memoryGiB: 4 };
