import { plan } from "proofload:plan";

export { plan };

/** A number of the scenario's own `params`, else of the target's `data`, else the fallback. */
export function number(name: string, fallback?: number): number {
  const value = plan.params[name] ?? plan.data[name] ?? fallback;
  if (typeof value === "number") return value;
  throw new Error(
    `this scenario needs the number "${name}" in its params or in the target's data; found ${JSON.stringify(value)}`,
  );
}
