/**
 * The closed table of everything that can stop proofload: a code, the exit code, and what to do about it.
 * A test holds this table and docs/errors.md together. A retired code is never used again.
 */
export const ERRORS = {
  PL_USAGE: { exitCode: 4, hint: "Run `proofload --help`, or `proofload <command> --help` for an example." },
  PL_CONFIG: {
    exitCode: 4,
    hint: "Mend the lines named above in your configuration, then run the same command again.",
  },
  PL_PLAN: { exitCode: 4, hint: "Mend every line named above; nothing was started." },
  PL_NOT_ALLOWED: {
    exitCode: 4,
    hint: "Nothing was sent. Load goes to this machine, and to what `allow.hosts` of the configuration names.",
  },
  PL_SCENARIO: { exitCode: 4, hint: "Mend the scenario at the line named above; nothing was started." },
  PL_NODE_VERSION: { exitCode: 4, hint: "Run `npm ci` (without --ignore-scripts): it brings the right Node." },
  PL_K6_MISSING: { exitCode: 4, hint: "Run `npm run proofload -- doctor`: it says what to type on this machine." },
  PL_K6_VERSION: { exitCode: 4, hint: "Unset PROOFLOAD_K6, or point it to the version named above." },
  PL_K6_CHECKSUM: {
    exitCode: 4,
    hint: "Delete the download and try again; if it happens twice, somebody changed the file: do not run it.",
  },
  PL_K6_FAILED: { exitCode: 4, hint: "Read k6.log in the run directory: k6 itself could not do its work." },
  PL_DEPENDENCY_MISSING: {
    exitCode: 4,
    hint: "Run `npm run proofload -- doctor`: it says what to type on this machine.",
  },
  PL_PORT_TAKEN: {
    exitCode: 4,
    hint: "Stop the program that holds the port, or leave the port out: a free one is chosen.",
  },
  PL_START_FAILED: { exitCode: 4, hint: "Read the log named above; the last lines are shown." },
  PL_BUILD_FAILED: {
    exitCode: 4,
    hint: "Mend what the last lines say, in that version or in the configuration; or name another ref.",
  },
  PL_PART_DIED: {
    exitCode: 4,
    hint: "Read the log named above; what had been measured until then is kept in the run directory.",
  },
  PL_RUN_DIRECTORY: { exitCode: 4, hint: "Free some space or choose another folder with --output." },
  PL_RUN_UNREADABLE: {
    exitCode: 4,
    hint: "The run directory is damaged; restore it from a copy, or run the suite again.",
  },
  PL_RUN_UNKNOWN: {
    exitCode: 4,
    hint: "`proofload runs` lists what is there; RUN is an id, a unique prefix, a directory, last or last~1.",
  },
  PL_UNLIKE: {
    exitCode: 4,
    hint: "Measure both on one machine, in one environment, with one workload; or add --force: the result is then labelled.",
  },
  PL_LEDGER: {
    exitCode: 4,
    hint: "The ledger is made from the files in .proofload; `proofload ledger rebuild` makes it again and names what cannot be read.",
  },
  PL_BUSY: { exitCode: 4, hint: "Wait for the other run, or add --share-host: both results are then labelled." },
  PL_RECEIVER: { exitCode: 4, hint: "The receiver could not keep what k6 sent; see the message above." },
  PL_INFLUX: {
    exitCode: 4,
    hint: "Nothing is lost: the samples are in the run directory. Mend what is named above, then `proofload stream RUN`.",
  },
  PL_INTERRUPTED: { exitCode: 130, hint: "Everything that was started has been stopped." },
  PL_TERMINATED: { exitCode: 143, hint: "Everything that was started has been stopped." },
  PL_INTERNAL: { exitCode: 4, hint: "This is a defect of proofload. Please report it with the text above." },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** One thing that is wrong, where it is, and what to type instead. */
export interface Problem {
  /** What is wrong, as a sentence without the place. */
  readonly what: string;
  /** File, field or line, as a person would look it up: `targets/memory.ts: endpoints.memory.rank.budgets[0]`. */
  readonly where: string;
  /** What to type instead. */
  readonly instead?: string;
}

/** The only error that proofload throws on purpose; anything else that reaches the top is PL_INTERNAL. */
export class ProofloadError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, more: { problems?: readonly Problem[]; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "ProofloadError";
    this.code = code;
    this.problems = more.problems ?? [];
  }

  get exitCode(): number {
    return ERRORS[this.code].exitCode;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }
}
