/** The one door to the process: commands and steps get the world through it, so that nothing else touches `process`. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: Output;
  /** Aborted on SIGINT, SIGTERM or SIGHUP; `reason` is a ProofloadError(PL_INTERRUPTED). */
  readonly interrupted: AbortSignal;
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
}

export interface Output {
  /** Results: what a pipe should see. */
  write(text: string): void;
  /** Progress and notes, on standard error. */
  note(text: string): void;
  /** True when standard error is a terminal that can redraw lines. */
  readonly live: boolean;
  readonly colour: boolean;
  readonly columns: number;
}
