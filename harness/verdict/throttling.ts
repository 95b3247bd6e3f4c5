import type { ScenarioRecord } from "../collect/record.ts";
import { LIMITS } from "./limits.ts";
import type { Reason } from "./verdict.ts";

const PARTS = ["service", "postgres", "redis"] as const;

/** Parts whose CPU quota was used up again and again under load: a likely cause, and no fault of the measurement. */
export function throttlingWarnings(record: ScenarioRecord): Reason[] {
  return PARTS.flatMap((part): Reason[] => {
    const share = throttledShare(record, part);
    if (share === undefined || share <= LIMITS.throttledNamed) return [];
    const quota = record.environment.layout?.parts[part].cpus;
    const what = quota === undefined ? "its CPU quota" : `its ${Number(quota.toFixed(2))} CPUs`;
    const sentence = `${part} had used up ${what} in ${Math.round(share * 100)} % of its scheduling periods, and had to wait`;
    const remedy = `Give ${part} more CPU in the profile, or a lower rate.`;
    return [{ kind: "WARNING", code: "throttled", sentence, remedy }];
  });
}

/** Over the measured phase; undefined where the part has no quota or nothing was counted. */
function throttledShare({ resources, warmupSeconds }: ScenarioRecord, part: string): number | undefined {
  const gain = (metric: string) => {
    const series = resources.find((each) => each.part === part && each.metric === metric);
    const points = series?.points.filter(([second]) => second >= warmupSeconds) ?? [];
    return (points.at(-1)?.[1] ?? 0) - (points[0]?.[1] ?? 0);
  };
  const periods = gain("periods");
  return periods > 0 ? gain("throttled_periods") / periods : undefined;
}
