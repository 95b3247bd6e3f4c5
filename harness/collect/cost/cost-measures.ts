import { ROUNDS } from "../../plan/cost-scenario.ts";
import type { MetricName, Statistic } from "../../plan/metrics.ts";
import type { Measure } from "../record.ts";
import type { Costs, CountedRequest, Span } from "./costs.ts";

/**
 * What a request of an endpoint costs; pure. The requests of an endpoint are two rounds, and both must come to the same:
 * where they do not, the figure has a range, and says which statement wavered.
 *
 * What a statement counts for a request is its mean over the round's requests. One that also ran while nobody asked
 * (health checks, timers, batches behind the answers) would add itself to whichever request it meets: it counts as often
 * as in the middle one of the requests.
 */
export function costMeasures({ idle, requests }: Costs, perRound: number): Measure[] {
  const endpoints = [...new Set(requests.map(({ endpoint }) => endpoint))];
  return endpoints.flatMap((endpoint) => {
    const mine = requests.filter((request) => request.endpoint === endpoint && request.ok).slice(0, ROUNDS * perRound);
    const half = Math.min(perRound, Math.ceil(mine.length / 2));
    const rounds = [mine.slice(0, half), mine.slice(half)].filter((round) => round.length > 0);
    if (rounds.length === 0) return [];
    const count = mine.length;
    return [
      ...counted("sql_statements", statementsOf(rounds, idle, "calls")),
      ...counted("sql_rows", statementsOf(rounds, idle, "rows")),
      ...counted("redis_commands", commandsOf(rounds, idle)),
      ...sizes(rounds),
      ...cpu(rounds, idle),
    ].map((measure) => ({ ...measure, count, endpoint }));
  });
}

type Rounds = readonly (readonly CountedRequest[])[];
type Figure = Pick<Measure, "metric" | "statistic" | "value" | "range" | "evidence">;

/** One statement or command: what a request takes of it, in each round. */
interface Item {
  readonly name: string;
  readonly perRound: readonly number[];
}

function counted(metric: MetricName, items: readonly Item[] | undefined): Figure[] {
  if (items === undefined) return [];
  const rounds = items[0]?.perRound.length ?? 1;
  const sums = Array.from({ length: rounds }, (_, round) =>
    exact(sum(items.map(({ perRound }) => perRound[round] ?? 0))),
  );
  const evidence = evidenceOf(items);
  return [{ ...figure(metric, "mean", sums), ...(evidence === "" ? {} : { evidence }) }];
}

function statementsOf(rounds: Rounds, idle: readonly Span[], what: "calls" | "rows"): Item[] | undefined {
  if (rounds.some((round) => round.some(({ statements }) => statements === undefined))) return undefined;
  const byId = new Map(
    rounds.flatMap((round) => round.flatMap((one) => one.statements ?? [])).map(({ id, query }) => [id, query]),
  );
  const unasked = new Set(idle.flatMap(({ statements }) => statements?.map(({ id }) => id) ?? []));
  return [...byId].map(([id, query]) => ({
    name: query,
    perRound: perRequest(
      rounds,
      ({ statements }) => statements?.find((statement) => statement.id === id)?.[what] ?? 0,
      unasked.has(id),
    ),
  }));
}

function commandsOf(rounds: Rounds, idle: readonly Span[]): Item[] | undefined {
  if (rounds.some((round) => round.some(({ commands }) => commands === undefined))) return undefined;
  const names = new Set(rounds.flatMap((round) => round.flatMap(({ commands }) => Object.keys(commands ?? {}))));
  return [...names].map((name) => ({
    name: name.toUpperCase().replace("|", " "),
    perRound: perRequest(
      rounds,
      ({ commands }) => commands?.[name] ?? 0,
      idle.some((span) => span.commands?.[name] !== undefined),
    ),
  }));
}

function perRequest(rounds: Rounds, of: (request: CountedRequest) => number, unasked: boolean): number[] {
  if (!unasked) return rounds.map((round) => sum(round.map(of)) / round.length);
  // of all rounds together: half a round is no middle
  const middle = median(rounds.flat().map(of));
  return rounds.map(() => middle);
}

function sizes(rounds: Rounds): Figure[] {
  const known = rounds.map((round) => round.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes])));
  if (known.some((round, index) => round.length < (rounds[index]?.length ?? 0))) return [];
  const largest = Math.max(...known.flat());
  return [
    { metric: "response_bytes", statistic: "max", value: largest },
    figure(
      "response_bytes",
      "mean",
      known.map((round) => sum(round) / round.length),
    ),
  ];
}

/** Standard errors of a mean within which it lies in 95 of 100 cases. */
const ERRORS = 2;

/**
 * What the processes use while nobody asks is taken off for as long as each request was watched. Time is no count: the
 * range holds both rounds, what chance leaves open between the requests, and the busiest and the calmest idle second.
 */
function cpu(rounds: Rounds, idle: readonly Span[]): Figure[] {
  const perSecond = idle.map(({ cpuNs = 0, seconds }) => cpuNs / Math.max(1e-3, seconds));
  const calm = perSecond.length === 0 ? 0 : sum(perSecond) / perSecond.length;
  const means = (taken: number) => rounds.map((round) => sum(cpuOf(round, taken)) / round.length);
  const all = cpuOf(rounds.flat(), calm);
  if (all.length < rounds.flat().length) return [];
  const mean = sum(all) / all.length;
  const error = Math.sqrt(sum(all.map((one) => (one - mean) ** 2)) / Math.max(1, all.length - 1) / all.length);
  const lower = Math.min(mean - ERRORS * error, ...means(Math.max(calm, ...perSecond)));
  const upper = Math.max(mean + ERRORS * error, ...means(Math.min(calm, ...perSecond)));
  const [value = 0, ...ends] = [mean, lower, upper].map((one) => exact(Math.max(0, one)));
  return [{ ...figure("cpu_time", "mean", ends), value }];
}

function cpuOf(round: readonly CountedRequest[], perSecond: number): number[] {
  return round.flatMap(({ cpuNs, seconds }) => (cpuNs === undefined ? [] : [cpuNs - perSecond * seconds]));
}

function figure(metric: MetricName, statistic: Statistic, rounds: readonly number[]): Figure {
  const [lower, upper] = [Math.min(...rounds), Math.max(...rounds)];
  const value = exact(sum(rounds) / rounds.length);
  return { metric, statistic, value, ...(lower === upper ? {} : { range: { lower, upper } }) };
}

const MOST_NAMED = 3;
const LONGEST_NAME = 120;

/** Those that wavered first: they are why there is a range. Then those that there is most of. */
function evidenceOf(items: readonly Item[]): string {
  const wavers = ({ perRound }: Item) => new Set(perRound.map(exact)).size > 1;
  const most = ({ perRound }: Item) => Math.max(...perRound);
  const shown = items.filter((item) => most(item) > 0);
  const named = shown.sort((a, b) => Number(wavers(b)) - Number(wavers(a)) || most(b) - most(a)).slice(0, MOST_NAMED);
  const more = shown.length - named.length;
  return [
    ...named.map((item) => {
      const [one = 0, two = one] = item.perRound.map(shortNumber);
      return `${wavers(item) ? `${one} or ${two}` : one} × ${short(item.name)}`;
    }),
    ...(more > 0 ? [`${more} more`] : []),
  ].join("; ");
}

function short(text: string): string {
  return text.length <= LONGEST_NAME ? text : `${text.slice(0, LONGEST_NAME - 1)}…`;
}

function shortNumber(value: number): number {
  return Number(value.toPrecision(3));
}

/** 3 × (1 ÷ 3) is 1: sums of fractions are brought back to what they stand for. */
function exact(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The lower one of two in the middle: a count of nothing. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
