/** Adds what the harness needs to the options of an unchanged k6 script; harness/load/user-options.ts computes `ours`. */
type Options = Readonly<Record<string, unknown>>;
type Named<Value> = Readonly<Record<string, Value>>;

interface Ours {
  readonly scenarios: Named<Options>;
  readonly canary: Options;
  readonly thresholds: Named<readonly unknown[]>;
  readonly summaryTrendStats: readonly string[];
  readonly systemTags: readonly string[];
}

export function withOurs(theirs: Options, ours: Ours): Options {
  // Stated as scenarios, the shortcuts would be a second load beside them.
  const { vus: _vus, duration: _duration, iterations: _iterations, stages: _stages, ...kept } = theirs;
  const scenarios = (theirs["scenarios"] as Named<Options> | undefined) ?? ours.scenarios;
  const thresholds: { [metric: string]: readonly unknown[] } = { ...ours.thresholds };
  for (const [metric, theirOwn] of Object.entries((theirs["thresholds"] ?? {}) as Named<unknown>)) {
    thresholds[metric] = [...(Array.isArray(theirOwn) ? theirOwn : [theirOwn]), ...(thresholds[metric] ?? [])];
  }
  const stats = (theirs["summaryTrendStats"] ?? []) as readonly string[];
  return {
    ...kept,
    scenarios: {
      ...Object.fromEntries(Object.entries(scenarios).map(([name, one]) => [name, measured(one)])),
      canary: ours.canary,
    },
    thresholds,
    summaryTrendStats: [...new Set([...stats, ...ours.summaryTrendStats])],
    systemTags: ours.systemTags,
  };
}

function measured(scenario: Options): Options {
  return { ...scenario, tags: { ...(scenario["tags"] as Options | undefined), phase: "measured" } };
}
