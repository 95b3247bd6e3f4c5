import { type Problem, ProofloadError } from "../errors.ts";
import type { Configuration } from "./definition.ts";
import { configurationSchema } from "./definition-schema.ts";

/** Checks what a configuration file exports; every problem of its shape is reported at once. */
export function readConfiguration(exported: unknown, file: string): Configuration {
  const result = configurationSchema.safeParse(exported);
  if (result.success) {
    return result.data;
  }
  const problems = result.error.issues.map(
    (issue): Problem => ({ what: issue.message, where: `${file}: ${fieldName(exported, issue.path)}` }),
  );
  throw new ProofloadError("PL_CONFIG", `${file} does not describe a configuration`, { problems });
}

/** `targets[2](memory).endpoints.memories.rank`: indexes of targets carry the target's name, which is what people know. */
function fieldName(exported: unknown, path: readonly PropertyKey[]): string {
  const [first, index, ...rest] = path;
  if (first === "targets" && typeof index === "number") {
    const name = (exported as { targets?: { name?: unknown }[] }).targets?.[index]?.name;
    return [`target ${typeof name === "string" ? `"${name}"` : `number ${index + 1}`}`, ...rest].map(String).join(".");
  }
  return path.length === 0 ? "default export" : path.map(String).join(".");
}
