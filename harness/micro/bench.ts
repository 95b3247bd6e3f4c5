/**
 * What a file `micro/<subject>.bench.ts` exports:
 *
 *   default   makes the benches, which are measured in turns in one fresh process
 *   sweep     optional: makes one bench for a size; every size gets a fresh process
 *
 * An operation must return what it computed: the value is kept, so that V8 cannot leave the work out.
 */
export interface Bench {
  /** One operation. One that returns a promise is awaited. */
  readonly run: () => unknown;
  /** What one operation works on (facts, texts); 1 when left out. */
  readonly items?: number;
  /**
   * Times every call by itself, for percentiles of single calls. Otherwise quick operations are timed in batches of
   * thousands: that resolves nanoseconds, and hides the slow call among them.
   */
  readonly single?: boolean;
}

export type Benches = Readonly<Record<string, Bench | Bench["run"]>>;

/** The module of a benchmark file. */
export interface BenchFile {
  readonly default?: () => Benches | Promise<Benches>;
  readonly sweep?: (size: number) => Bench | Promise<Bench>;
}
