import { comparability, type Label, type StoredRun } from "./comparable.ts";

/** What a reader of a comparison of two groups has to know. */
export function groupLabels(
  runs: readonly StoredRun[],
  { invalid, isForced }: { readonly invalid: number; readonly isForced: boolean },
): Label[] {
  const [first] = runs;
  const shared = runs.filter(({ record }) => record.sharedHost).length;
  const speed = runs
    .flatMap((run) => (first === undefined ? [] : comparability(first, run).labels))
    .filter(({ code }) => code === "different speed").length;
  const labels: readonly (Label & { readonly holds: boolean })[] = [
    {
      holds: isForced,
      code: "forced",
      sentence: "the runs are unlike, and were compared all the same: no ratio says anything about the service alone",
    },
    {
      holds: invalid > 0,
      code: "invalid",
      sentence: `${invalid} scenarios of single runs were INVALID, and are left out`,
    },
    {
      holds: shared > 0,
      code: "shared machine",
      sentence: `another run shared the machine with ${shared} of the runs`,
    },
    {
      holds: speed > 0,
      code: "different speed",
      sentence: `before ${speed} of the runs the machine was not as fast as before the first`,
    },
  ];
  return labels.filter(({ holds }) => holds).map(({ code, sentence }) => ({ code, sentence }));
}
