/** What the statistics do where the truth is known: seeded simulations, the same figures on every machine. */
import { binomialInterval } from "../../../harness/verdict/stats/binomial.ts";
import type { Bench, PartSummary, SummaryLine, VerdictPart } from "./part.ts";
import { CASES, DISTRIBUTION_SHAPES, EFFECTS, NOISES, powerCase, SCALAR_SHAPES } from "./sim/cases.ts";

interface SimResult {
  readonly case: string;
  readonly trials: number;
  /** How often each outcome was seen. */
  readonly seen: Readonly<Record<string, number>>;
}

export const sim: VerdictPart<SimResult> = {
  title: "simulated comparisons and histories",
  settings: { cases: CASES.length, trials: CASES.reduce((sum, { trials }) => sum + trials, 0), seed: 1 },
  left: (results) => CASES.length - results.length,
  run: async (study, { until, note, signal }: Bench) => {
    for (const { name, trials, trial } of CASES) {
      if (study.results.some((result) => result.case === name)) continue;
      if (Date.now() >= until || signal.aborted) return;
      note(`${name}: ${trials} trials`);
      const seen: Record<string, number> = {};
      for (let seed = 1; seed <= trials; seed += 1) {
        for (const outcome of trial(seed)) seen[outcome] = (seen[outcome] ?? 0) + 1;
      }
      await study.append({ case: name, trials, seen });
    }
  },
  summary,
};

function summary(results: readonly SimResult[]): PartSummary {
  const lines: SummaryLine[] = [];
  const json: Record<string, unknown> = {};
  /** One outcome of one case with its exact interval; nothing where the case was not run yet. */
  const say = (name: string, outcome: string, text: string, limit?: { text: string; ok(share: number): boolean }) => {
    const result = results.find((one) => one.case === name);
    if (result === undefined) return;
    const count = result.seen[outcome] ?? 0;
    const share = binomialInterval(count, result.trials);
    json[`${name}: ${outcome}`] = share;
    lines.push({
      text: `${text}: ${count} of ${result.trials}, interval ${percent(share.lower)} to ${percent(share.upper)}`,
      ...(limit === undefined ? {} : { limit: limit.text, ok: limit.ok(share.share) }),
    });
  };
  const atMost = (most: number) => ({ text: `≤ ${percent(most)}`, ok: (share: number) => share <= most });
  const atLeast = (least: number) => ({ text: `≥ ${percent(least)}`, ok: (share: number) => share >= least });
  say("identical", "REGRESSED", "identical versions, 3 % drift, autocorrelation 0.8: false REGRESSED", atMost(0.01));
  say("identical", "IMPROVED", "… false IMPROVED", atMost(0.01));
  say("identical", "INCONCLUSIVE", "… INCONCLUSIVE after 12 starts");
  say("pooled", "slower", "the same machine, requests of one run each pooled: false slower", atLeast(0.4));
  say("pooled", "different", "… false different");
  for (const noise of NOISES) {
    for (const effect of EFFECTS) {
      const name = powerCase(effect, noise);
      const result = results.find((one) => one.case === name);
      const starts = ((result?.seen["starts"] ?? 0) / (result?.trials ?? 1)).toFixed(1);
      say(name, "REGRESSED", `${name}: found, after ${starts} starts on average`);
    }
  }
  say("null scalars", "found", "histories of 60 runs without a change: change points in", atMost(0.05));
  say("null distributions", "found", "… of whole distributions", atMost(0.05));
  for (const shape of SCALAR_SHAPES) {
    say(`scalars ${shape}`, "found", `${shape} in a figure: found`, shape === "spike" ? atMost(0.05) : atLeast(0.9));
  }
  for (const shape of DISTRIBUTION_SHAPES) {
    const limit = shape === "spike" ? atMost(0.05) : atLeast(0.9);
    say(`distributions ${shape}`, "found", `${shape} in a distribution: found`, limit);
  }
  return { lines, json };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
