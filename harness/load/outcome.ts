/** What k6 did, as far as its process shows it; everything measured is in the files beside it. */
export interface DriveOutcome {
  /** Epoch milliseconds of k6's start and end. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exit:
    | { readonly kind: "completed" } // 0, or 99: thresholds are judged by us
    | { readonly kind: "aborted"; readonly how: string } // abortOnFail, test.abort()
    | { readonly kind: "script-error"; readonly message: string } // 107 and friends
    | {
        readonly kind: "failed";
        readonly code: number | undefined;
        readonly signal: string | undefined;
        readonly lastLines: readonly string[];
      };
  /** Where the script wanted to connect to and was kept from, and how often k6's log says so. */
  readonly keptFrom?: readonly { readonly where: string; readonly times: number }[];
  /** Absolute path of the classic summary (handleSummary's data as JSON), if k6 wrote it. */
  readonly summaryFile: string | undefined;
  readonly k6Version: string;
  /** sha256 of the minified bundle. */
  readonly bundleHash: string;
}
