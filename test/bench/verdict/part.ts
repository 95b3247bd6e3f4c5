import type { Study } from "../../../harness/studies.ts";

/** One part of `npm run bench:verdict`. `Result` is what a study file holds one of for each thing measured. */
export interface VerdictPart<Result> {
  readonly title: string;
  /** A study goes on only under the same settings: seeds, sizes, limits. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /**
   * Measures what `study.results` does not hold yet, and appends each result as soon as it is there. Returns when
   * nothing is left to measure, or when `until` (epoch milliseconds) has come: then the next call goes on.
   */
  run(study: Study<Result>, bench: Bench): Promise<void>;
  /** What is left to measure after these results: 0 when the part is complete. */
  left(results: readonly Result[]): number;
  /** What the repository keeps of these results: as little as gives the same summary. Absent: everything. */
  recorded?(results: readonly Result[]): readonly Result[];
  /** Of what is measured so far; never of figures that were not. */
  summary(results: readonly Result[]): PartSummary;
}

export interface Bench {
  readonly until: number;
  /** One line of progress on standard error. */
  note(text: string): void;
  readonly signal: AbortSignal;
}

export interface PartSummary {
  readonly lines: readonly SummaryLine[];
  /** For `--json`, below the part's name. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface SummaryLine {
  /** "false alarms 0 of 20, interval 0–16.8 %" */
  readonly text: string;
  /** "≤ 1" */
  readonly limit?: string;
  /** Absent where there is no limit, or too little was measured to say. */
  readonly ok?: boolean;
}
