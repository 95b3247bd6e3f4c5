import type { AbRecord } from "../../collect/ab-record.ts";
import { nameOfMeasure } from "../text.ts";
import type { Reason } from "../verdict.ts";
import { abExitCodeOf } from "./ab-exit-code.ts";
import type { AbFigureVerdict, AbRules, AbVerdict, AbVerdictKind, FigureVerdictKind } from "./ab-verdict.ts";
import { figureSeries } from "./figures.ts";
import { type FailedShares, failedShares } from "./functional.ts";
import { furtherStarts } from "./further-starts.ts";
import { judgeFigures } from "./judge-figures.ts";
import { MOST_BUSY } from "./rules.ts";
import { type SortedStarts, sortStarts, unsoundLimit } from "./sound-starts.ts";
import { sparedStarts } from "./spared.ts";
import { unfitReasons } from "./unfit.ts";

/**
 * What an A/B comparison says after the starts that are in the record, and whether another start is worth its time.
 * Called after every start, and again at any time from what is stored. Pure: the same record and rules, the same verdict.
 */
export function decideAb(record: AbRecord, rules: AbRules): AbVerdict {
  const starts = sortStarts(record);
  const sound = starts.sound.length;
  const figures = judgeFigures(figureSeries(record, starts.sound), sound, rules);
  const failed = failedShares(starts.sound);
  const gated = figures.filter((figure) => figure.gated);
  const unfit = unfitReasons(record);
  const kind = unfit.length > 0 ? "INVALID" : kindOf(gated, failed, starts, rules);
  const further = kind === "INCONCLUSIVE" ? furtherStarts(gated, sound, rules) : undefined;
  const over = rules.over || sound >= rules.mostStarts;
  const verdict = {
    schema: "proofload/ab-verdict/1",
    runId: record.runId,
    kind,
    exitCode: abExitCodeOf(kind),
    next: kind === "INCONCLUSIVE" && !over ? "another start" : "stop",
    rules,
    starts: { sound, unsound: starts.unsound },
    figures,
    ...(further === undefined ? {} : { furtherStarts: further }),
  } as const;
  return {
    ...verdict,
    sentence: unfit[0] === undefined ? sentenceOf(verdict, failed) : `INVALID: ${unfit[0].sentence}`,
    reasons: [...unfit, ...reasonsOf(record, verdict, failed)],
  };
}

/** Share of requests that is worth a word. */
const FAILING = 0.001;

type Decided = Omit<AbVerdict, "sentence" | "reasons">;

/** The first that holds: an unsound instrument says nothing, and an answer that fails has no latency to compare. */
function kindOf(
  gated: readonly AbFigureVerdict[],
  failed: FailedShares,
  { sound, unsound }: SortedStarts,
  rules: AbRules,
): AbVerdictKind {
  if (isUnsound({ sound: sound.length, unsound }, rules)) return "INVALID";
  if (failed.worse) return "REGRESSED";
  // Nothing to compare is no equality.
  if (gated.length === 0 || (sound.length >= rules.minimumStarts && gated.some(neverMeasured))) return "INVALID";
  const kinds = gated.map(({ kind }) => kind ?? "INCONCLUSIVE");
  if (kinds.includes("REGRESSED")) return "REGRESSED";
  if (kinds.includes("INCONCLUSIVE") || failed.doubtful) return "INCONCLUSIVE";
  return kinds.includes("IMPROVED") ? "IMPROVED" : "EQUIVALENT";
}

/** Too many of those that were planned; or all there are, and no more will come. */
function isUnsound({ sound, unsound }: AbVerdict["starts"], rules: AbRules): boolean {
  return unsound.length > unsoundLimit(rules) || (rules.over && sound === 0 && unsound.length > 0);
}

function neverMeasured({ logRatios }: AbFigureVerdict): boolean {
  return logRatios.length === 0;
}

function sentenceOf({ kind, figures, starts, rules, furtherStarts: further }: Decided, failed: FailedShares): string {
  const gated = figures.filter((figure) => figure.gated);
  const after = `after ${counted(starts.sound, "start", "starts")}`;
  switch (kind) {
    case "INVALID": {
      if (isUnsound(starts, rules)) {
        return `INVALID: the instrument was not sound in ${starts.unsound.length} of ${starts.sound + starts.unsound.length} starts`;
      }
      if (gated.length === 0) return "INVALID: no figure was to be compared";
      const missing = gated.filter(neverMeasured).map(figureName);
      return `INVALID: ${missing.join(", ")} ${missing.length === 1 ? "was" : "were"} never measured`;
    }
    case "REGRESSED":
      return failed.worse
        ? `REGRESSED: head fails ${percent(failed.head)} of its requests, base ${percent(failed.base)}`
        : `REGRESSED: ${changesText(gated, kind)}, ${after}`;
    case "IMPROVED":
      return `IMPROVED: ${changesText(gated, kind)}, and nothing is worse, ${after}`;
    case "EQUIVALENT":
      return `EQUIVALENT: ${gated.length === 1 ? "the one gated figure is" : `all ${gated.length} gated figures are`} within ±${percent(rules.margin)}, ${after}`;
    case "INCONCLUSIVE": {
      const open = gated.filter((figure) => figure.kind === undefined || figure.kind === "INCONCLUSIVE");
      if (open.length === 0) {
        return `INCONCLUSIVE: head fails ${percent(failed.head)} of its requests, base ${percent(failed.base)}, but not more in every start`;
      }
      if (open.some((figure) => figure.kind !== undefined && sparedStarts(figure) > 0)) {
        return `INCONCLUSIVE: head was far worse than base in single starts, which may be chance or may be head, ${after}`;
      }
      const needed =
        further === undefined
          ? `; nothing can be said before ${rules.minimumStarts}`
          : further === "never"
            ? "; no number of starts that is worth its time would decide it at this noise"
            : `; about ${further} more would decide it`;
      return `INCONCLUSIVE: ${open.length} of ${counted(gated.length, "gated figure is", "gated figures are")} undecided ${after}${needed}`;
    }
  }
}

function reasonsOf(record: AbRecord, { starts, figures }: Decided, failed: FailedShares): Reason[] {
  const reasons: Reason[] = [];
  for (const { endpoint, sentence, seen, of } of record.differences) {
    reasons.push({
      kind: "WARNING",
      code: "answers differ",
      sentence: `${endpoint}: ${sentence} (in ${seen} of ${of} pairs)`,
      remedy: "Where the difference is wanted, compare latencies with care: the two sides do not do the same work.",
    });
  }
  if (failed.worse) {
    reasons.push({
      kind: "FAIL",
      code: "functional",
      sentence: `head failed ${percent(failed.head)} of its requests, base ${percent(failed.base)}; head more in every start`,
      remedy: "Read the differences of the answers and the logs of head; latencies of what failed are not compared.",
    });
  }
  if (starts.unsound.length > 0) {
    const checks = [...new Set(starts.unsound.flatMap((start) => start.checks))].join(", ");
    reasons.push({
      kind: "WARNING",
      code: "unsound starts",
      sentence: `${counted(starts.unsound.length, "start is", "starts are")} no evidence, because the instrument was not sound: ${checks}`,
      remedy: "Stop other programs, lower the rate, or give k6 a core of its own.",
    });
  }
  if (failed.doubtful) {
    reasons.push({
      kind: "INCONCLUSIVE",
      code: "functional",
      sentence: `head failed ${percent(failed.head)} of its requests, base ${percent(failed.base)}, more than chance explains, but not more in every start`,
      remedy: "Read the logs of head; more starts tell a burst of failures from a habit.",
    });
  } else if (!failed.worse && Math.max(failed.base, failed.head) >= FAILING) {
    reasons.push({
      kind: "WARNING",
      code: "failed requests",
      sentence: `head failed ${percent(failed.head)} of its requests, base ${percent(failed.base)}; latencies are of the others`,
    });
  }
  if (record.load !== undefined && record.load.busyShare > MOST_BUSY) {
    reasons.push({
      kind: "WARNING",
      code: "busy cores",
      sentence: `the cores were ${percent(record.load.busyShare)} busy with both sides, so that each waits for the other: latency shows less of a difference than there is`,
      remedy: "Lower the rate of the scenario, or compare on more cores.",
    });
  }
  const unsteady = record.starts.filter(({ warmup }) => warmup?.steady === false).length;
  if (unsteady > 0) {
    reasons.push({
      kind: "WARNING",
      code: "not steady",
      sentence: `latency was still moving when the warm-up of ${unsteady} of ${record.starts.length} starts was over`,
    });
  }
  for (const figure of figures) {
    const outliers = figure.gated ? (figure.estimate?.outliers ?? []) : [];
    if (outliers.length === 0) continue;
    reasons.push({
      kind: "WARNING",
      code: "outlying starts",
      sentence: `${figureName(figure)}: far from all other starts, and so without weight: ${outliers.map((index) => `start ${index + 1}`).join(", ")}${sparedStarts(figure) > 0 ? "; head was the worse side there, so that it is called neither equal nor better" : ""}`,
    });
  }
  if (record.sharedHost) {
    reasons.push({ kind: "WARNING", code: "shared host", sentence: "another run shared this machine" });
  }
  return reasons;
}

/** "p50 of latency of class read", "CPU per request of the service" */
export function figureName({
  subject,
  metric,
  statistic,
}: Pick<AbFigureVerdict, "subject" | "metric" | "statistic">): string {
  const of = subject.kind === "service" ? `the ${subject.name}` : `${subject.kind} ${subject.name}`;
  return metric === "cpu_time" ? `CPU per request of ${of}` : `${nameOfMeasure(metric, statistic)} of ${of}`;
}

/** "p50 of latency of class read +4.1 % (+2.9 to +5.2 %)" of each that changed so; the largest change comes first. */
function changesText(figures: readonly AbFigureVerdict[], kind: FigureVerdictKind): string {
  return figures
    .flatMap((figure) =>
      figure.kind === kind && figure.estimate !== undefined ? [{ figure, ...figure.estimate }] : [],
    )
    .toSorted((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))
    .map(
      ({ figure, ratio, interval: { lower, upper } }) =>
        `${figureName(figure)} ${change(ratio)} % (${change(lower)} to ${change(upper)} %)`,
    )
    .join("; ");
}

/** "+4.1", "−0.3", of a ratio. A bound beside zero keeps its sign: "+0.04 to +8.7" is a change, "0.0 to +8.7" reads as none. */
export function change(ratio: number): string {
  if (!Number.isFinite(ratio)) return "+∞";
  const percentage = (ratio - 1) * 100;
  const size = Math.abs(percentage);
  const digits = size >= 9.95 ? 0 : size >= 0.05 ? 1 : size >= 0.005 ? 2 : 3;
  const text = size.toFixed(digits);
  return Number(text) === 0 ? "0.0" : `${percentage < 0 ? "−" : "+"}${text}`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
