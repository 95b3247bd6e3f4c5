/** What every form of a comparison of two groups says, worked out once. */
import type { ComparedGroup, GroupComparison, GroupRow, GroupVerdict } from "../verdict/compare-groups.ts";
import { formatValue } from "./format.ts";
import type { Mark } from "./marks.ts";

export const GROUP_MARKS: Readonly<Record<GroupVerdict, Mark>> = {
  slower: "FAIL",
  faster: "PASS",
  same: "PASS",
  inconclusive: "INCONCLUSIVE",
};

/** "v1.4: 5 runs, commit 7d0f3c1b2a" */
export function groupLine({ name, runs, commits }: ComparedGroup): string {
  const of = commits.length === 0 ? "" : `, commit ${commits.map((sha) => sha.slice(0, 10)).join(", ")}`;
  return `${name}: ${runs.length} run${runs.length === 1 ? "" : "s"}${of}`;
}

export function groupSide({ left, right, unit }: GroupRow, which: "left" | "right"): string {
  const { median } = which === "left" ? left : right;
  return median === undefined ? "–" : formatValue(median, unit);
}

/** "1.12× (1.08–1.16)" */
export function intervalText({ ratio }: Pick<GroupRow, "ratio">): string {
  if (ratio === undefined) return "–";
  const times = (value: number) => (Number.isFinite(value) ? value.toFixed(Math.abs(value - 1) < 0.01 ? 3 : 2) : "∞");
  return `${times(ratio.value)}× (${times(ratio.lower)}–${times(ratio.upper)})`;
}

/** Why there is no ratio, or the smallest change that would have been seen. */
export function groupNote({ because, detectable }: Pick<GroupRow, "because" | "detectable">): string {
  if (because !== undefined) return because;
  if (detectable === undefined) return "";
  return `sees ≥ ${(detectable * 100).toFixed(detectable < 0.1 ? 1 : 0)} %`;
}

export function rulesSentence({ rules, rows }: GroupComparison): string {
  const deciding = rows.filter(({ decides, because }) => decides && because === undefined).length;
  return `One number per run. Of the ${deciding} figures that decide, intervals and p are corrected for the family (Holm, ${rules.alpha * 100} %); the others are advisory, at 95 % each. "Same" is an interval inside ±${rules.margin * 100} %.`;
}

/** Two groups measured at two times: what the machine did in between is in every ratio. */
export const NOT_PAIRED =
  "The groups were measured one after the other: what changed on the machine in between looks like a change of the code. `proofload ab` measures both at once.";
