import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AbLoad, AbStart, AnswerDifference, Pair, SideName } from "../collect/ab-record.ts";
import type { AbProgress, AbStartProgress } from "./ab-progress.ts";
import { addDifferences } from "./answer-differences.ts";
import { drawn } from "./drawn.ts";
import { type MeasuredPairs, measurePairs } from "./measure-pairs.ts";
import { pairFigures } from "./pair-figures.ts";
import { paused } from "./paused.ts";
import type { Rig } from "./rig.ts";
import { type WarmUp, warmUp } from "./warm-up.ts";
import { worseInstrument } from "./worse-instrument.ts";

export interface DrivenStart {
  readonly start: AbStart;
  readonly differences: readonly AnswerDifference[];
}

/**
 * One start, the unit of evidence: both sides freshly started on fresh data, warmed up, then measured under the same
 * seeded requests, at once (paired) or one after the other (blocks).
 */
export async function driveStart(
  index: number,
  load: AbLoad,
  rig: Rig,
  onProgress: (progress: AbProgress) => void,
): Promise<DrivenStart> {
  const { plan, stacks, host } = rig;
  const show = (phase: AbStartProgress["phase"], requests?: Pair<number>) =>
    onProgress({
      kind: "start",
      number: index + 1,
      atMost: plan.rules.mostStarts,
      phase,
      ...(requests === undefined ? {} : { requests }),
    });
  const startedAt = host.now();
  const directory = join(rig.directory, "starts", String(index));
  const first: SideName = drawn(plan.seed, index) < 0.5 ? "base" : "head";
  const order: readonly SideName[] = first === "base" ? ["base", "head"] : ["head", "base"];
  show("restarting");
  await Promise.all(
    order.map(async (side) => {
      const logDirectory = join(directory, side);
      await mkdir(logDirectory, { recursive: true });
      await stacks[side].reset({ settings: plan.scenario.settings, logDirectory });
    }),
  );

  const blocks: readonly (readonly SideName[])[] =
    plan.design === "paired" ? [["base", "head"]] : order.map((side) => [side]);
  const driven: { readonly sides: readonly SideName[]; readonly warm: WarmUp; readonly pairs: MeasuredPairs }[] = [];
  for (const [block, sides] of blocks.entries()) {
    await using _ = await paused(order.filter((side) => !sides.includes(side)).map((side) => stacks[side]));
    const seed = Math.floor(drawn(plan.seed, index, 2 * block + 1) * 2 ** 31);
    show("warming up");
    const at = join(directory, blocks.length === 1 ? "" : (sides[0] ?? ""));
    const warm = await warmUp(rig, { directory: join(at, "warm-up"), sides, seed }, load, (requests) =>
      show("warming up", requests),
    );
    show("measuring");
    const pairs = await measurePairs(
      rig,
      { directory: join(at, "measured"), sides, seed: seed + 1, setup: warm.setup },
      load,
    );
    driven.push({ sides, warm, pairs });
  }

  const of = (side: SideName) => {
    const found = driven.find(({ sides }) => sides.includes(side));
    if (found === undefined) throw new RangeError(`no block drove ${side}`);
    return found;
  };
  const { base, head } = { base: of("base"), head: of("head") };
  const differences = driven.reduce<readonly AnswerDifference[]>(
    (all, { warm }) => addDifferences(all, warm.differences),
    [],
  );
  return {
    differences,
    start: {
      index,
      startedAt,
      first,
      warmup: {
        requests: { base: base.warm.requests.base, head: head.warm.requests.head },
        seconds: Math.max(...driven.map(({ warm }) => warm.seconds)),
        steady: driven.every(({ warm }) => warm.steady),
      },
      measuredSeconds: load.measureSeconds,
      instrument: worseInstrument(
        driven.map(({ pairs }) => pairs.instrument),
        order.some((side) => stacks[side].kind === "url") ? "url" : "embedded",
      ),
      requests: { base: base.pairs.requests.base, head: head.pairs.requests.head },
      figures: pairFigures(plan.scenario, { base: base.pairs.sides.base, head: head.pairs.sides.head }),
    },
  };
}
