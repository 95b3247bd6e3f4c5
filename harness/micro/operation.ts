import { medianInterval } from "./samples.ts";

/** An operation as it is called by everything that measures it. */
export interface Operation {
  /** Keeps the result, and returns it where it is a promise. */
  readonly call: () => unknown;
  /** Calls it for so long, at least three times; returns what a call took at the end, in nanoseconds. */
  warmUp(milliseconds: number): Promise<number>;
  /** Undefined where collections or noise left fewer than six counts. */
  bytesPerCall(tools: ByteTools): Promise<ReturnType<typeof medianInterval>>;
}

export interface ByteTools {
  readonly repeats: number;
  /** Bytes in use now. */
  readonly used: () => number;
  readonly gc: () => void;
  /** Collections since this time of `performance.now`, as far as they were reported. */
  readonly collectionsSince: (at: number) => number;
  /** Waits until all collections have been reported. */
  readonly settled: () => Promise<void>;
}

/** Bytes that a count may allocate: an eighth of the young generation, so that nothing is collected meanwhile. */
const BYTES_PER_COUNT = 8 * 1024 ** 2;
const MOST_CALLS = 100_000;
const MILLISECONDS_PER_COUNT = 30;
/** The first counts still hold what V8 allocates while it compiles the counting itself. */
const COUNTS_TO_FORGET = 4;

/**
 * Both loops are made anew for each operation: a loop that several share learns the types of all of them, and the
 * second bench would then be slower than the first for no reason of its own.
 */
export function operationOf(run: () => unknown): Operation {
  const kept = { value: undefined as unknown };
  const call: () => unknown = new Function(
    "run",
    "kept",
    "return () => { const value = run(); kept.value = value; return value; };",
  )(run, kept);
  const loop: (calls: number) => void = new Function(
    "run",
    "kept",
    "return (calls) => { for (let call = 0; call < calls; call += 1) kept.value = run(); };",
  )(run, kept);
  const loopOfPromises: (calls: number) => Promise<void> = new Function(
    "run",
    "kept",
    "return async (calls) => { for (let call = 0; call < calls; call += 1) kept.value = await run(); };",
  )(run, kept);
  let isAsync = false;
  const repeat = (calls: number): void | Promise<void> => (isAsync ? loopOfPromises(calls) : loop(calls));

  return {
    call,
    async warmUp(milliseconds) {
      const first = run();
      isAsync = first instanceof Promise;
      await first;
      const until = performance.now() + milliseconds;
      let ns = 0;
      for (let calls = 2; calls === 2 || performance.now() < until; calls = Math.min(calls * 2, 1024)) {
        const from = performance.now();
        await repeat(calls);
        ns = ((performance.now() - from) * 1e6) / calls;
      }
      return ns;
    },
    async bytesPerCall(tools) {
      const calls = await callsPerCount(tools, repeat);
      const empty: number[] = [];
      const full: number[] = [];
      for (let count = 0; count < tools.repeats + COUNTS_TO_FORGET; count += 1) {
        if (count === COUNTS_TO_FORGET + 2 && full.length === 0) {
          break; // it allocates more than the young generation holds: no count will ever be whole
        }
        for (const [times, into] of [
          [0, empty],
          [calls, full],
        ] as const) {
          const bytes = await allocated(tools, () => repeat(times));
          if (bytes !== undefined && count >= COUNTS_TO_FORGET) {
            into.push(bytes);
          }
        }
      }
      // What reading the counters itself allocates.
      const overhead = medianInterval(empty)?.median;
      return overhead === undefined ? undefined : medianInterval(full.map((bytes) => (bytes - overhead) / calls));
    },
  };
}

/** Undefined where a collection ran meanwhile: what is left then says nothing about what was allocated. */
async function allocated(tools: ByteTools, work: () => void | Promise<void>): Promise<number | undefined> {
  tools.gc();
  await tools.settled();
  const at = performance.now();
  const before = tools.used();
  const working = work();
  if (working !== undefined) {
    await working;
  }
  const after = tools.used();
  await tools.settled();
  return tools.collectionsSince(at) === 0 ? after - before : undefined;
}

async function callsPerCount(tools: ByteTools, repeat: (calls: number) => void | Promise<void>): Promise<number> {
  let calls = 1;
  for (let tried = 1; tried <= MOST_CALLS; tried *= 4) {
    const from = performance.now();
    const bytes = await allocated(tools, () => repeat(tried));
    const milliseconds = performance.now() - from;
    if (bytes === undefined || bytes > BYTES_PER_COUNT || milliseconds > MILLISECONDS_PER_COUNT) {
      break;
    }
    calls = tried;
  }
  return calls;
}
