import type { Comparability, Label } from "./comparable.ts";

/** What a reader of a comparison of two groups has to know. */
export function groupLabels({
  besides,
  invalid,
  shared,
}: {
  /** Every other run beside the first. */
  readonly besides: readonly Comparability[];
  /** Scenarios and micro-benchmarks that are INVALID, and runs that shared their machine. */
  readonly invalid: number;
  readonly shared: number;
}): Label[] {
  const speed = besides.filter(({ labels }) => labels.some(({ code }) => code === "different speed")).length;
  const labels: readonly (Label & { readonly holds: boolean })[] = [
    {
      holds: besides.some(({ differences }) => differences.length > 0),
      code: "forced",
      sentence: "the runs are unlike, and were compared all the same: no ratio says anything about the service alone",
    },
    {
      holds: invalid > 0,
      code: "invalid",
      sentence:
        invalid === 1
          ? "1 scenario of a run was INVALID, and is left out"
          : `${invalid} scenarios of single runs were INVALID, and are left out`,
    },
    {
      holds: shared > 0,
      code: "shared machine",
      sentence: `another run shared the machine with ${shared} of the runs`,
    },
    {
      holds: speed > 0,
      code: "different speed",
      sentence: `before ${speed} of the runs the machine was faster or slower than before the first`,
    },
  ];
  return labels.filter(({ holds }) => holds).map(({ code, sentence }) => ({ code, sentence }));
}
