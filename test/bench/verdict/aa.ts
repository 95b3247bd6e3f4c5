import { rateText } from "../../../harness/report/ab/aa-terminal.ts";
import { type AaResult, calibrateAa, type Rate } from "../../../harness/verdict/ab/calibration.ts";
import { seededRandom } from "../../../harness/verdict/stats/random.ts";
import { compareBuilds, deciding, inTime } from "./compare-builds.ts";
import type { SummaryLine, VerdictPart } from "./part.ts";

const VERDICTS = 20;
const MINUTES = 3;
/** Two databases and two services are made, and their load is found, before the first start. */
const AROUND_MINUTES = 0.3;
const RESAMPLED = 2000;
const SEED = 20_261_121;

/** Equal builds against each other: does it cry wolf? */
export const aa: VerdictPart<AaResult> = {
  title: "equal builds of the reference service against each other",
  settings: { verdicts: VERDICTS, minutes: MINUTES, seed: SEED },

  async run(study, bench) {
    let goesOn = true;
    while (goesOn && aa.left(study.results) > 0) {
      const index = study.results.length;
      const given = { base: ".", head: "." };
      goesOn = await inTime(MINUTES, bench, async () => {
        const result = await compareBuilds(
          { given, design: "paired", minutes: MINUTES - AROUND_MINUTES, seed: SEED + index },
          bench,
        );
        await study.append(result);
        bench.note(`${index + 1} of ${VERDICTS}: ${result.verdict.sentence} (${Math.round(result.seconds)} s)`);
      });
    }
  },

  left: (results) => Math.max(0, VERDICTS - results.length),

  recorded: (results) => results.map(deciding),

  summary(results) {
    const calibration = calibrateAa(results, { count: RESAMPLED, random: seededRandom(SEED) });
    if (calibration === undefined) return { lines: [], json: {} };
    const { live, resampled, noise, canaryP99, startLagP99 } = calibration;
    const slowest = Math.max(...results.map(({ seconds }) => seconds));
    const lines: SummaryLine[] = [
      line("false REGRESSED, live", live.regressed, `≤ 1 of ${VERDICTS}`, live.regressed.count <= 1),
      line("false REGRESSED, resampled by start", resampled.regressed, "≤ 2 %", resampled.regressed.share <= 0.02),
      line("INCONCLUSIVE, live", live.inconclusive, "≤ 20 %", live.inconclusive.share <= 0.2),
      line("INCONCLUSIVE, resampled by start", resampled.inconclusive, "≤ 20 %", resampled.inconclusive.share <= 0.2),
      { text: `INVALID, live: ${live.counts.INVALID} of ${results.length}` },
      // What is around the starts (two databases, two services) belongs to the time that a user waits.
      { text: `longest comparison ${Math.round(slowest)} s`, limit: "≤ 180 s", ok: slowest <= 180 },
      ...noise
        .filter(({ gated }) => gated)
        .map(({ name, spread, starts, outliers }) => ({
          text: `noise of ${name}: ${percent(spread)} from start to start (${starts} starts, ${outliers} far off)`,
        })),
      ...(canaryP99 === undefined ? [] : [{ text: `canary p99: median ${canaryP99.p50} ms, p95 ${canaryP99.p95} ms` }]),
      ...(startLagP99 === undefined
        ? []
        : [{ text: `start lag p99: median ${startLagP99.p50} ms, p95 ${startLagP99.p95} ms` }]),
    ];
    return { lines, json: { falseAlarmRate: resampled.regressed.share, ...calibration } };
  },
};

function line(what: string, rate: Rate, limit: string, ok: boolean): SummaryLine {
  return { text: `${what}: ${rateText(rate)}`, limit, ok };
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
