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

/** "v1.4: 5 runs, commit 7d0f3c1b2a"; of many commits the first and the last. */
export function groupLine({ name, runs, commits }: ComparedGroup): string {
  const short = commits.map((sha) => sha.slice(0, 10));
  const some = short.length > 3 ? `${short[0]} to ${short.at(-1)} (${short.length})` : short.join(", ");
  return `${name}: ${runs.length} run${runs.length === 1 ? "" : "s"}${short.length === 0 ? "" : `, commit ${some}`}`;
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

/** Once for all figures that have no ratio: which runs are missing, or what has none. */
export function whyNoRatio({ rows }: GroupComparison): string[] {
  const reasons = Map.groupBy(
    rows.filter(({ because }) => because !== undefined),
    ({ because = "" }) => because,
  );
  return [...reasons].map(([because, own]) => `${own.length} figures have no ratio: ${because}.`);
}

export function rulesSentence({ rules, rows }: GroupComparison): string {
  const deciding = rows.filter(({ decides, because }) => decides && because === undefined).length;
  return `One number per run. Of the ${deciding} figures that decide, intervals and p are corrected for the family (Holm, ${rules.alpha * 100} %); the others are advisory, at 95 % each. "Same" is an interval inside ±${rules.margin * 100} %; VISIBLE the smallest change that these runs show in 8 of 10 cases.`;
}

/** Two groups measured at two times: what the machine did in between is in every ratio. */
export const NOT_PAIRED =
  "The groups were measured one after the other: what changed on the machine in between looks like a change of the code. `proofload ab` measures both at once.";
