import exec from "k6/execution";
import { Counter } from "k6/metrics";
import { type Answer, differences } from "./answers.ts";
import { open as recordLag, type Schedule } from "./entry.ts";
import { iteration } from "./iteration.ts";
import { headFirst } from "./pair-order.ts";
import { generator } from "./random.ts";

/**
 * What the generated entry of an A/B uses (harness/load/paired-bundle.ts): every iteration does the same for both sides,
 * in an order drawn from the seed.
 */
type SideName = "base" | "head";
type Pair<Value> = Readonly<Record<SideName, Value>>;
type Run = (data?: unknown) => unknown;

/** What differs from one k6 process of a comparison to the next; written by harness/ab, read from PROOFLOAD_PAIRED. */
export interface PairedSettings {
  readonly options: object;
  /** Of the order within the pairs; another one in every process. */
  readonly seed: number;
  /** Both, or the one whose block this is. */
  readonly sides: readonly SideName[];
  /** Pairs of each VU and stream whose answers are compared. */
  readonly compared: number;
  /** Of the open streams by the name of their k6 scenario. */
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** What setup() of both sides returned in the warm-up, so that the measured process need not ask for it again. */
  readonly setup?: Partial<Pair<unknown>>;
  readonly teardown: boolean;
}

const NOTHING: PairedSettings = {
  // k6 asks for a function to run.
  options: { scenarios: { nothing: { executor: "shared-iterations", exec: "proofload_canary" } } },
  seed: 0,
  sides: ["base", "head"],
  compared: 0,
  schedules: {},
  teardown: false,
};

/** Without the file the bundle is only looked at. */
export const settings: PairedSettings =
  __ENV["PROOFLOAD_PAIRED"] === undefined ? NOTHING : JSON.parse(open(__ENV["PROOFLOAD_PAIRED"]));

/** One object for the life of a VU: making its accessors anew costs more than setting a tag. */
let vuTags: { [tag: string]: string | number | boolean } | undefined;

/** All samples of this VU belong to this side from now on: no script has to know of it. */
function tagged(side: SideName): void {
  vuTags ??= exec.vu.metrics.tags as { [tag: string]: string | number | boolean };
  vuTags["side"] = side;
}

/**
 * Each of a VU's iterations for both sides. `answers` takes what the script of a side was answered since it was last
 * asked.
 */
export function paired(run: Pair<Run>, k6Scenario: string, answers: Pair<() => readonly Answer[]>): Run {
  let compared = 0;
  const both: Run = (data) => {
    const [first, second] = orderOf(iteration());
    const ask = (side: SideName) => {
      tagged(side);
      return run[side]((data as Partial<Pair<unknown>> | undefined)?.[side]);
    };
    const compare = () => {
      if (second === undefined || compared >= settings.compared) return;
      compared += 1;
      report(answers.base(), answers.head());
    };
    if (first === undefined || second === undefined) return first === undefined ? undefined : ask(first);
    let asked: unknown;
    try {
      asked = ask(first);
    } catch (error) {
      // The other side is asked all the same: a pair is a pair, also where one side fails.
      ask(second);
      compare();
      throw error;
    }
    if (isPromise(asked)) return bothAsync(asked, () => ask(second), compare);
    const then = ask(second);
    if (isPromise(then)) return then.then(compare);
    compare();
    return undefined;
  };
  const schedule = settings.schedules[k6Scenario];
  return schedule === undefined ? both : recordLag(both, schedule);
}

async function bothAsync(asked: Promise<unknown>, second: () => unknown, compare: () => void): Promise<void> {
  try {
    await asked;
  } finally {
    await second();
    compare();
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

function orderOf(index: number): readonly SideName[] {
  const { sides, seed } = settings;
  if (sides.length < 2) return sides;
  const isTurned = (block: number) => generator(seed ^ Math.imul(block + 1, 0x9e3779b1)).next() < 0.5;
  return headFirst(index, isTurned) ? ["head", "base"] : ["base", "head"];
}

export function pairedSetup(setup: Pair<Run | undefined>): unknown {
  if (settings.setup !== undefined) return settings.setup;
  const data: { [side: string]: unknown } = {};
  for (const side of settings.sides) {
    tagged(side);
    data[side] = setup[side]?.();
  }
  return data;
}

export function pairedTeardown(teardown: Pair<Run | undefined>, data: unknown): void {
  if (!settings.teardown) return;
  for (const side of settings.sides) {
    tagged(side);
    teardown[side]?.((data as Partial<Pair<unknown>> | undefined)?.[side]);
  }
}

/** Pairs of answers that were looked at, and those of them that differ. */
const looked = new Counter("answer_pairs");
const differing = new Counter("answer_differences");
/** The same mark as in harness/ab/answer-differences.ts. */
const MARK = "PROOFLOAD_DIFFERENCE";
const said = new Set<string>();

function report(base: readonly Answer[], head: readonly Answer[]): void {
  for (const { endpoint, status } of base) if (typeof status === "number") looked.add(1, { name: endpoint });
  for (const difference of differences(base, head)) {
    const { endpoint: name, what } = difference;
    differing.add(1, { name, what });
    const key = `${name} ${what}`;
    if (said.has(key)) continue;
    said.add(key);
    console.warn(`${MARK}${JSON.stringify(difference)}${MARK}`);
  }
}
