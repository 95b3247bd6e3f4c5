import type { Host } from "../host.ts";
import type { Study } from "../studies.ts";
import type { AaResult } from "../verdict/ab/calibration.ts";
import type { AbPlan } from "./ab-plan.ts";
import { type ProveAbOptions, proveAb } from "./prove-ab.ts";

export interface ProveAaOptions extends ProveAbOptions {
  readonly study: Study<AaResult>;
  /** In the study at its end, those of earlier calls included. */
  readonly verdicts: number;
  /** The plan of one comparison of equal builds; a new id and a new seed each time. */
  readonly plan: (index: number) => Promise<AbPlan>;
  /** No comparison begins after this instant, in epoch milliseconds. */
  readonly until?: number;
}

/**
 * The same build against itself, again and again, until the study holds so many verdicts or the time is up. Each is
 * stored as soon as it is there.
 */
export async function proveAa(host: Host, options: ProveAaOptions): Promise<void> {
  const { study, verdicts, plan } = options;
  while (study.results.length < verdicts) {
    const began = host.now();
    if (options.until !== undefined && began >= options.until) return;
    const index = study.results.length;
    options.onProgress({ kind: "note", text: `comparison ${index + 1} of ${verdicts}` });
    const { record, verdict } = await proveAb(await plan(index), host, { ...options, explain: false });
    await study.append({
      seconds: (host.now() - began) / 1000,
      record,
      rules: verdict.rules,
      verdict: { kind: verdict.kind, sentence: verdict.sentence },
    });
    options.onProgress({ kind: "note", text: verdict.sentence });
  }
}
