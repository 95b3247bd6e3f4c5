import * as k6 from "k6";
import { comparing, note } from "./side-answers.ts";

/** What a script of an A/B imports as "k6": the module itself; while answers are compared, checks are noted too. */
export const { sleep, group, fail, randomSeed } = k6;

type Check = (value: unknown, sets: Readonly<Record<string, unknown>>, tags?: object) => boolean;
const real = k6.check as unknown as Check;

export const check: Check = comparing
  ? (value, sets, tags) => {
      const passed = real(value, sets, tags);
      // A check of endpoint.ts is named after its endpoint.
      const endpoint = Object.keys(sets)
        .join(", ")
        .replace(/: body$/, "");
      note({ endpoint, status: passed, contentType: "", body: undefined });
      return passed;
    }
  : real;

export default { ...k6, check };
