import { sleep } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import { iteration, scenarioStart, startsLate } from "./iteration.ts";
import { canaryLatency, startLag } from "./metrics.ts";
import { theirSummary } from "./user-options.ts";

/** What the generated entry of every bundle uses (harness/load/bundle-entry.ts); scenarios do not import it. */
export type Schedule =
  | { readonly model: "open"; readonly rate: number }
  | {
      readonly model: "open-ramp";
      readonly startRate: number;
      readonly stages: readonly { readonly rate: number; readonly seconds: number }[];
    };

/** Records how late each iteration of an open stream starts, then runs it. */
export function open<Data>(run: (data: Data) => unknown, schedule: Schedule): (data: Data) => unknown {
  const intended = intendedStart(schedule);
  let start: number | undefined;
  return (data) => {
    start ??= scenarioStart(); // one k6 scenario per wrapper: it does not change
    const lag = Date.now() - start - intended(iteration());
    startLag.add(lag);
    startsLate(Math.max(0, lag));
    return run(data);
  };
}

/** An iteration of a closed stream, which starts when the one before it ends. */
export function closed<Data>(run: (data: Data) => unknown): (data: Data) => unknown {
  return (data) => {
    startsLate(undefined);
    return run(data);
  };
}

/**
 * Milliseconds after the start of its scenario at which k6 means to start an iteration. A constant rate starts its
 * iteration i at i ÷ rate; a ramp starts it when the area under the rate reaches i + 1 (k6 2.2.0,
 * lib/executor/constant_arrival_rate.go and ramping_arrival_rate.go). Does not know of dropped iterations.
 */
export function intendedStart(schedule: Schedule): (iteration: number) => number {
  if (schedule.model === "open") return (index) => (index * 1000) / schedule.rate;
  const stages: { from: number; to: number; at: number; seconds: number; before: number; area: number }[] = [];
  let [from, at, before] = [schedule.startRate, 0, 0];
  for (const { rate: to, seconds } of schedule.stages) {
    const area = ((from + to) / 2) * seconds;
    stages.push({ from, to, at, seconds, before, area });
    [from, at, before] = [to, at + seconds, before + area];
  }
  return (index) => {
    const wanted = index + 1;
    const stage = stages.find((one) => wanted <= one.before + one.area) ?? stages[stages.length - 1];
    if (stage === undefined) return 0;
    const rest = wanted - stage.before;
    const slope = (stage.to - stage.from) / stage.seconds;
    // rest = from·t + slope·t²/2, written so that a slope of zero needs no case of its own
    const seconds = (2 * rest) / (stage.from + Math.sqrt(Math.max(0, stage.from * stage.from + 2 * slope * rest)));
    return (stage.at + seconds) * 1000;
  };
}

const CANARY_URL = __ENV["PROOFLOAD_CANARY_URL"] ?? "";
const canaryTags = { name: "canary" };

function askCanary(warmupMs: number, sinceStart: number): void {
  const response = http.get(CANARY_URL, { tags: canaryTags, responseType: "none" });
  if (response.status === 200) {
    canaryLatency.add(response.timings.blocked + response.timings.duration, {
      phase: sinceStart < warmupMs ? "warmup" : "measured",
    });
  }
}

/** Asked at a fixed rate beside the load. */
export function canary(warmupSeconds: number): () => void {
  return () => askCanary(warmupSeconds * 1000, Date.now() - scenarioStart());
}

/**
 * For loads that end when their iterations are done: one iteration, asked 50 times a second until all else is idle.
 * @param atLeastSeconds how long the parts last that say so, and until the last part starts.
 */
export function canaryUntilIdle(warmupSeconds: number, atLeastSeconds: number): () => void {
  // 200 ms give the others time to start
  const certain = (atLeastSeconds + 0.2) * 1000;
  return () => {
    const start = Date.now();
    let idle = 0;
    for (let tick = 1; idle < 5; tick++) {
      askCanary(warmupSeconds * 1000, Date.now() - start);
      // five looks in a row: a VU is idle for a moment between two iterations
      idle = Date.now() - start > certain && exec.instance.vusActive <= 1 ? idle + 1 : 0;
      sleep(Math.max(0.001, (tick * 20 - (Date.now() - start)) / 1000));
    }
  };
}

/** Writes k6's own summary data to where the harness wants it, beside whatever the script itself writes. */
export function summary(data: unknown, others: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const file = __ENV["PROOFLOAD_SUMMARY"];
  return file === undefined ? { ...others } : { ...others, [file]: JSON.stringify(data) };
}

/** The script's own handleSummary first; its relative files go to where the user started proofload, as with k6. */
export function userSummary(theirs: (data: unknown) => unknown, data: unknown): Record<string, unknown> {
  const own = __ENV["PROOFLOAD_SUMMARY"];
  const text = JSON.stringify(data); // before the script can change it
  const written: Record<string, unknown> = {};
  try {
    const found = (theirs(theirSummary(data as Parameters<typeof theirSummary>[0])) ?? {}) as Readonly<
      Record<string, unknown>
    >;
    for (const [name, content] of Object.entries(found)) {
      const fixed = name === "stdout" || name === "stderr" || name.startsWith("/");
      written[fixed ? name : `${__ENV["PROOFLOAD_OUTPUT"] ?? "."}/${name}`] = content;
    }
  } catch (error) {
    console.error(`handleSummary of the script failed: ${error}`);
  }
  return own === undefined ? written : { ...written, [own]: text };
}
