import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AbLoad, AnswerDifference, Pair, SideName } from "../collect/ab-record.ts";
import { openReceiver } from "../collect/receiver.ts";
import { MOST_WARMUP_SECONDS, warmupLoads } from "../load/paired-load.ts";
import { warmupOptions } from "../load/paired-options.ts";
import { answerDifferences } from "./answer-differences.ts";
import { driveK6, summaryOf } from "./drive-k6.ts";
import type { Rig } from "./rig.ts";
import { createSideWindows, isSteady } from "./side-windows.ts";

/** A Node service is compiled in steps while it works; before that its speed is a matter of luck (measured.md, F12). */
const FEWEST_REQUESTS = 2000;
/** Pairs of each VU and stream whose answers are compared. */
const COMPARED = 20;

export interface WarmUp {
  readonly requests: Pair<number>;
  readonly seconds: number;
  readonly steady: boolean;
  readonly differences: readonly AnswerDifference[];
  /** What setup() returned, for the measured process. */
  readonly setup: unknown;
}

/** Drives the sides as fast as a few VUs go until all of them are steady, and compares what they answer meanwhile. */
export async function warmUp(
  rig: Rig,
  at: { readonly directory: string; readonly sides: readonly SideName[]; readonly seed: number },
  load: AbLoad,
  onRequests: (requests: Pair<number>) => void,
): Promise<WarmUp> {
  const { directory, sides } = at;
  const { scenario } = rig.plan;
  const windows = createSideWindows();
  const secret = randomBytes(16).toString("hex");
  const enough = Promise.withResolvers<"steady">();
  await using receiver = await openReceiver({
    directory,
    secret,
    onExport: (received) => {
      windows.add(received);
      const [requests, medians] = [windows.requests(), windows.medians()];
      onRequests(requests);
      if (sides.every((side) => requests[side] >= FEWEST_REQUESTS && isSteady(medians[side]))) {
        enough.resolve("steady");
      }
    },
  });
  // What a service elsewhere can bear is not ours to find out: it is asked no faster than the scenario says.
  const isElsewhere = sides.some((side) => rig.stacks[side].kind === "url");
  const loads = warmupLoads(scenario, isElsewhere ? { ...load, busyShare: 1 } : load);
  const driven = await driveK6(
    rig,
    {
      options: warmupOptions(scenario, loads),
      seed: at.seed,
      sides,
      compared: sides.length > 1 ? COMPARED : 0,
      schedules: {},
      teardown: false,
    },
    { directory, otlp: { host: receiver.address, path: receiver.path } },
  );
  const startedAt = rig.host.now();
  const how = await Promise.race([enough.promise, driven.done.then(() => "over" as const)]);
  if (how === "steady") await driven.stop();
  const outcome = await driven.done;
  const seconds = Math.min(MOST_WARMUP_SECONDS, (rig.host.now() - startedAt) / 1000);
  const summary = await summaryOf(outcome, directory);
  const log = await readFile(join(directory, "k6.log"), "utf8").catch(() => "");
  const count = (side: SideName) => summary.counter("http_reqs", { phase: "warmup", side }) ?? 0;
  return {
    requests: { base: count("base"), head: count("head") },
    seconds,
    steady: how === "steady",
    differences: answerDifferences(scenario, summary, log),
    setup: await setupData(outcome.summaryFile),
  };
}

/** k6's summary holds what setup() returned. */
async function setupData(summaryFile: string | undefined): Promise<unknown> {
  if (summaryFile === undefined) return undefined;
  const summary: { readonly setup_data?: unknown } = JSON.parse(await readFile(summaryFile, "utf8"));
  return summary.setup_data;
}
