import { createMetrics } from "../../targets/reference/src/observe/metrics.ts";
import { readSettings } from "../../targets/reference/src/settings.ts";

/** The reference service's own settings and metrics, as it starts with nothing else set. */
export function serviceParts(environment: Readonly<Record<string, string>> = {}) {
  const settings = readSettings(environment);
  return { settings, metrics: createMetrics(settings) };
}
