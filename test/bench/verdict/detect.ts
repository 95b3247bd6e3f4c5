import { rateText } from "../../../harness/report/ab/aa-terminal.ts";
import { type AaResult, rateOf } from "../../../harness/verdict/ab/calibration.ts";
import { decideAb } from "../../../harness/verdict/ab/decide-ab.ts";
import { median } from "../../../harness/verdict/stats/moments.ts";
import { seededRandom, shuffled } from "../../../harness/verdict/stats/random.ts";
import { compareBuilds } from "./compare-builds.ts";
import { buildWith, turnNs } from "./heavier-build.ts";
import type { PartSummary, SummaryLine, VerdictPart } from "./part.ts";

const SEED = 20_261_121;
/** Two databases and two services are made, and their load is found, before the first start. */
const AROUND_MINUTES = 0.3;
/** The endpoint whose builds differ is alone in its class. */
const CLASS = "list";
/** What most people do instead: two runs, and a limit of ten percent between them. */
const THRESHOLD = 1.1;

interface Cell {
  readonly design: "paired" | "blocks";
  /** Extra work, as a share of the endpoint's own median. */
  readonly effect: number;
  readonly minutes: number;
  readonly margin?: string;
  /** Of ten that carry it. */
  readonly atLeast?: number;
}

/** A change below the margin is EQUIVALENT by definition: small effects are sought with a small margin. */
const CELLS: readonly Cell[] = [
  { design: "paired", effect: 0.1, minutes: 3, atLeast: 9 },
  { design: "paired", effect: 0.05, minutes: 5, atLeast: 8 },
  { design: "paired", effect: 0.03, minutes: 10, margin: "1.5%" },
  { design: "paired", effect: 0.02, minutes: 10, margin: "1%" },
  { design: "blocks", effect: 0.1, minutes: 3 },
  { design: "blocks", effect: 0.05, minutes: 5 },
];

/** In each cell: ten comparisons of unequal builds, in most of which head has the work, and two of equal ones. */
const CARRIERS = [...Array<Carrier>(7).fill("head"), ...Array<Carrier>(3).fill("base"), "none", "none"] as const;

type Carrier = "head" | "base" | "none";

type DetectResult =
  | { readonly kind: "calibration"; readonly turnNs: number; readonly medianMs: number }
  | ({
      readonly kind: "comparison";
      readonly cell: number;
      readonly carrier: Carrier;
      readonly turns: number;
    } & AaResult);

type Compared = Extract<DetectResult, { kind: "comparison" }>;

/** Builds that differ by a known amount of work: is it found? Which side has it is drawn here and told to nobody. */
export const detect: VerdictPart<DetectResult> = {
  title: "builds with extra work on a path that reads Postgres",
  settings: { seed: SEED, cells: JSON.stringify(CELLS), slots: CARRIERS.length },

  async run(study, bench) {
    const plain = await buildWith(0);
    while (Date.now() < bench.until && !bench.signal.aborted) {
      const known = calibrationOf(study.results);
      if (known === undefined) {
        const equal = { given: { base: plain, head: plain }, design: "paired", minutes: 2.5, seed: SEED } as const;
        const { record } = await compareBuilds(equal, bench);
        const medians = record.starts.flatMap(({ figures }) =>
          figures
            .filter(
              ({ subject, metric, statistic }) =>
                subject.kind === "class" && subject.name === CLASS && metric === "latency" && statistic === "p50",
            )
            .map(({ base }) => base),
        );
        await study.append({ kind: "calibration", turnNs: await turnNs(), medianMs: median(medians) });
        continue;
      }
      const next = nextSlot(study.results);
      if (next === undefined) return;
      const { cell, index, carrier } = next;
      const { effect, design, minutes, margin } = CELLS[cell] as Cell;
      const turns = Math.round((effect * known.medianMs * 1e6) / known.turnNs);
      const heavy = await buildWith(turns);
      const given = { base: carrier === "base" ? heavy : plain, head: carrier === "head" ? heavy : plain };
      const comparison = { given, design, minutes: minutes - AROUND_MINUTES, seed: SEED + 1000 * cell + index };
      const result = await compareBuilds(margin === undefined ? comparison : { ...comparison, margin }, bench);
      await study.append({ kind: "comparison", cell, carrier, turns, ...result });
      bench.note(
        `${cellName(CELLS[cell] as Cell)}, in ${carrier}: ${result.verdict.sentence} (${Math.round(result.seconds)} s)`,
      );
    }
  },

  left: (results) => CELLS.length * CARRIERS.length - comparisonsOf(results).length,

  summary(results): PartSummary {
    const calibration = calibrationOf(results);
    const cells = CELLS.flatMap((cell, index) => {
      const inCell = comparisonsOf(results).filter((result) => result.cell === index);
      return inCell.length === 0 ? [] : [cellSummary(cell, inCell)];
    });
    const of = (effect: number) =>
      cells.find(({ cell }) => cell.design === "paired" && cell.effect === effect)?.found.share;
    const said: SummaryLine[] =
      calibration === undefined
        ? []
        : [
            {
              text: `median of the endpoint ${calibration.medianMs.toFixed(2)} ms, one turn ${calibration.turnNs.toFixed(3)} ns`,
            },
          ];
    return {
      lines: [...said, ...cells.flatMap(({ lines }) => lines)],
      json: {
        powerAt10: of(0.1) ?? null,
        powerAt5: of(0.05) ?? null,
        cells: cells.map(({ lines: _, ...rest }) => rest),
      },
    };
  },
};

function calibrationOf(results: readonly DetectResult[]) {
  return results.find((result) => result.kind === "calibration");
}

function comparisonsOf(results: readonly DetectResult[]): Compared[] {
  return results.filter((result) => result.kind === "comparison");
}

/** The order within a cell is drawn from the seed, so that nothing but the seed knows which side has the work. */
function nextSlot(results: readonly DetectResult[]): { cell: number; index: number; carrier: Carrier } | undefined {
  for (const cell of CELLS.keys()) {
    const index = comparisonsOf(results).filter((result) => result.cell === cell).length;
    const carrier = shuffled(CARRIERS, seededRandom(SEED + cell))[index];
    if (carrier !== undefined) return { cell, index, carrier };
  }
  return undefined;
}

function cellSummary(cell: Cell, results: readonly Compared[]) {
  const carrying = results.filter(({ carrier }) => carrier !== "none");
  const found = rateOf(carrying.filter(isFound).length, carrying.length);
  const wrong = rateOf(results.filter(isWrong).length, results.length);
  const longest = Math.max(...results.map(({ seconds }) => seconds));
  const { atLeast } = cell;
  const complete = results.length === CARRIERS.length;
  const lines: SummaryLine[] = [
    {
      text: `${cellName(cell)}: found ${rateText(found)}, wrong ${wrong.count} of ${wrong.of}, longest ${Math.round(longest)} s`,
      ...(atLeast === undefined ? {} : { limit: `≥ ${atLeast} of 10` }),
      // With fewer comparisons than planned there is nothing to hold against the limit yet.
      ...(atLeast === undefined || !complete ? {} : { ok: found.count >= atLeast }),
    },
  ];
  const single = cell.design === "blocks" ? singleRuns(results) : undefined;
  if (single !== undefined) {
    lines.push({
      text: `single runs and a limit of 10 %, ${percent(cell.effect)} more work: found ${rateText(single.found)}, false alarms ${rateText(single.falseAlarms)}`,
    });
  }
  return { cell, found, wrong, longestSeconds: longest, complete, ...(single === undefined ? {} : { single }), lines };
}

/** The figure of the class that has the work, in the direction of the side that has it. */
function isFound({ carrier, record, rules }: Compared): boolean {
  return kindOfClass({ record, rules }) === (carrier === "head" ? "REGRESSED" : "IMPROVED");
}

/** A difference that is not there, of whatever figure, or one with the wrong sign. */
function isWrong({ carrier, record, rules, verdict }: Compared): boolean {
  if (carrier === "none") return verdict.kind === "REGRESSED" || verdict.kind === "IMPROVED";
  return kindOfClass({ record, rules }) === (carrier === "head" ? "IMPROVED" : "REGRESSED");
}

function kindOfClass({ record, rules }: Pick<Compared, "record" | "rules">) {
  return decideAb(record, rules).figures.find(
    ({ subject, gated, metric }) => gated && metric === "latency" && subject.kind === "class" && subject.name === CLASS,
  )?.kind;
}

/** Every start of blocks is a run of base and a run of head, one after the other: what a fixed limit would have said. */
function singleRuns(results: readonly Compared[]) {
  const ratios = results.flatMap(({ carrier, record }) =>
    record.starts.flatMap(({ figures }) =>
      figures
        .filter(
          ({ subject, metric, statistic }) =>
            subject.kind === "class" && subject.name === CLASS && metric === "latency" && statistic === "p50",
        )
        .map(({ base, head }) => ({ carrier, ratio: head / base })),
    ),
  );
  const inHead = ratios.filter(({ carrier }) => carrier === "head");
  const others = ratios.filter(({ carrier }) => carrier === "none");
  const over = (some: typeof ratios) => some.filter(({ ratio }) => ratio > THRESHOLD).length;
  return { found: rateOf(over(inHead), inHead.length), falseAlarms: rateOf(over(others), others.length) };
}

function cellName({ design, effect, minutes, margin }: Cell): string {
  const within = margin === undefined ? "" : `, margin ${margin}`;
  return `${design}, ${percent(effect)} more work, ${minutes} min${within}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
