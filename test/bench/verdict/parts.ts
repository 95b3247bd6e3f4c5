import type { VerdictPart } from "./part.ts";

/** Parts by name, each in a file of its own, loaded when it is asked for. */
export const PARTS: Readonly<Record<string, () => Promise<VerdictPart<unknown>>>> = {
  sim: async () => (await import("./sim.ts")).sim,
  aa: async () => (await import("./aa.ts")).aa,
  detect: async () => (await import("./detect.ts")).detect,
  capacity: async () => (await import("./capacity.ts")).capacity,
  validity: async () => (await import("./validity.ts")).validity,
  soak: async () => (await import("./soak.ts")).soak as VerdictPart<unknown>,
};
