import type { FigureKey } from "../../../harness/collect/ab-record.ts";
import { rateText } from "../../../harness/report/ab/aa-terminal.ts";
import { type AaResult, rateOf } from "../../../harness/verdict/ab/calibration.ts";
import { decideAb } from "../../../harness/verdict/ab/decide-ab.ts";
import { median } from "../../../harness/verdict/stats/moments.ts";
import { seededRandom, shuffled } from "../../../harness/verdict/stats/random.ts";
import { compareBuilds, deciding, inTime } from "./compare-builds.ts";
import { buildWith, turnNs } from "./heavier-build.ts";
import type { Bench, PartSummary, SummaryLine, VerdictPart } from "./part.ts";

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

/**
 * A change below the margin is EQUIVALENT by definition: small effects are sought with a small margin. A start takes twice
 * as long in blocks: in 3 minutes there are not the six of a first look, so that they have 5 for 10 % too.
 */
const CELLS: readonly Cell[] = [
  { design: "paired", effect: 0.1, minutes: 3, atLeast: 9 },
  { design: "paired", effect: 0.05, minutes: 5, atLeast: 8 },
  { design: "paired", effect: 0.02, minutes: 10, margin: "1%" },
  { design: "blocks", effect: 0.1, minutes: 5 },
  { design: "blocks", effect: 0.05, minutes: 5 },
];

/** In each cell: ten comparisons of unequal builds, in most of which head has the work, and two of equal ones. */
const CARRIERS = [...Array<Carrier>(7).fill("head"), ...Array<Carrier>(3).fill("base"), "none", "none"] as const;

type Carrier = "head" | "base" | "none";

/** Of the comparison that says how long the endpoint takes as it is. */
const CALIBRATION_MINUTES = 2.8;

interface Calibration {
  readonly kind: "calibration";
  readonly turnNs: number;
  readonly medianMs: number;
}

type DetectResult =
  | Calibration
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
    let goesOn = true;
    while (goesOn) {
      const known = calibrationOf(study.results);
      const next = nextSlot(study.results);
      if (next === undefined) return;
      const minutes = known === undefined ? CALIBRATION_MINUTES : cellOf(next).minutes;
      goesOn = await inTime(minutes, bench, async () => {
        const result = known === undefined ? await calibrate(plain, bench) : await measure(next, known, plain, bench);
        await study.append(result);
      });
    }
  },

  recorded: (results) =>
    results.map((result) => (result.kind === "comparison" ? { ...result, ...deciding(result) } : result)),

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

/** What the endpoint takes as it is, and what one turn of the loop does. Throws where it cannot be told. */
async function calibrate(plain: string, bench: Bench): Promise<Calibration> {
  const minutes = CALIBRATION_MINUTES - AROUND_MINUTES;
  const { record, verdict } = await compareBuilds(
    { given: { base: plain, head: plain }, design: "paired", minutes, seed: SEED },
    bench,
  );
  const medians = record.starts.flatMap(({ figures }) => figures.filter(isOfClass).map(({ base }) => base));
  const calibration = { kind: "calibration", turnNs: await turnNs(), medianMs: median(medians) } as const;
  if (verdict.kind === "INVALID" || !isUsable(calibration)) {
    throw new Error(`the endpoint's own median is not known: ${verdict.sentence}`);
  }
  bench.note(`median of ${CLASS} ${calibration.medianMs.toFixed(2)} ms, one turn ${calibration.turnNs.toFixed(3)} ns`);
  return calibration;
}

async function measure(slot: Slot, known: Calibration, plain: string, bench: Bench): Promise<Compared> {
  const { cell, index, carrier } = slot;
  const { effect, design, minutes, margin } = cellOf(slot);
  const turns = Math.round((effect * known.medianMs * 1e6) / known.turnNs);
  const heavy = await buildWith(turns);
  const given = { base: carrier === "base" ? heavy : plain, head: carrier === "head" ? heavy : plain };
  const comparison = { given, design, minutes: minutes - AROUND_MINUTES, seed: SEED + 1000 * cell + index };
  const result = await compareBuilds(margin === undefined ? comparison : { ...comparison, margin }, bench);
  bench.note(
    `${cellName(cellOf(slot))}, ${index + 1} of ${CARRIERS.length}, in ${carrier}: ${result.verdict.sentence} (${Math.round(result.seconds)} s)`,
  );
  return { kind: "comparison", cell, carrier, turns, ...result };
}

function isOfClass({ subject, metric, statistic }: FigureKey): boolean {
  return subject.kind === "class" && subject.name === CLASS && metric === "latency" && statistic === "p50";
}

function calibrationOf(results: readonly DetectResult[]): Calibration | undefined {
  return results.filter((result) => result.kind === "calibration").find(isUsable);
}

/** A loop of NaN turns would turn never, and every comparison would seem to miss what was not there. */
function isUsable({ turnNs: ns, medianMs }: Calibration): boolean {
  return ns > 0 && medianMs > 0 && Number.isFinite(medianMs / ns);
}

function cellOf({ cell }: Slot): Cell {
  return CELLS[cell] as Cell;
}

function comparisonsOf(results: readonly DetectResult[]): Compared[] {
  return results.filter((result) => result.kind === "comparison");
}

interface Slot {
  readonly cell: number;
  /** Within the cell. */
  readonly index: number;
  readonly carrier: Carrier;
}

/** The order within a cell is drawn from the seed, so that nothing but the seed knows which side has the work. */
function nextSlot(results: readonly DetectResult[]): Slot | undefined {
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
function isFound({ carrier, record, rules, verdict }: Compared): boolean {
  const kind = gatedOf({ record, rules }).find(isOfClass)?.kind;
  return verdict.kind !== "INVALID" && kind === (carrier === "head" ? "REGRESSED" : "IMPROVED");
}

/** A difference that is not there: between equal builds any, of whatever figure, else one with the wrong sign. */
function isWrong({ carrier, record, rules, verdict }: Compared): boolean {
  if (verdict.kind === "INVALID") return false;
  const wrong = { none: ["REGRESSED", "IMPROVED"], head: ["IMPROVED"], base: ["REGRESSED"] }[carrier];
  return gatedOf({ record, rules }).some(({ kind }) => wrong.includes(kind ?? ""));
}

function gatedOf({ record, rules }: Pick<Compared, "record" | "rules">) {
  return decideAb(record, rules).figures.filter(({ gated }) => gated);
}

/** Every start of blocks is a run of base and a run of head, one after the other: what a fixed limit would have said. */
function singleRuns(results: readonly Compared[]) {
  const ratios = results.flatMap(({ carrier, record }) =>
    record.starts.flatMap(({ figures }) =>
      figures.filter(isOfClass).map(({ base, head }) => ({ carrier, ratio: head / base })),
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
