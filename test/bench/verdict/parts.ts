import type { VerdictPart } from "./part.ts";

/** Parts by name, each in a file of its own, loaded when it is asked for. */
export const PARTS: Readonly<Record<string, () => Promise<VerdictPart<unknown>>>> = {};
