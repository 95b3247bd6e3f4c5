import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MicroRecord } from "./collect/micro-record.ts";
import type { RunRecord } from "./collect/record.ts";
import { createRunDirectory, type RunDirectory } from "./collect/run-directory.ts";
import { runRecord } from "./collect/run-record.ts";
import type { Fingerprint } from "./environment/fingerprint/fingerprint.ts";
import { startGuardian } from "./environment/guardian.ts";
import { takeHostLock } from "./environment/host-lock.ts";
import { ProofloadError } from "./errors.ts";
import type { Host } from "./host.ts";
import { checkSubject, measureSubject, type Profiles } from "./micro/measure-subject.ts";
import type { Plan } from "./plan/plan.ts";
import type { Proof } from "./prove.ts";
import { cpuFrames, heapFrames } from "./report/flamegraph/profile-frames.ts";
import { renderFlamegraph } from "./report/flamegraph/render-flamegraph.ts";
import { writeReports } from "./reports.ts";
import { openStream, sendRunPoints, streamSettings } from "./stream.ts";
import { takeFingerprint } from "./take-fingerprint.ts";
import { judge } from "./verdict/judge.ts";

export interface ProveMicroOptions {
  /** Folder that holds the run directories. */
  readonly runsDirectory: string;
  readonly shareHost: boolean;
  readonly proofloadVersion: string;
  readonly commit?: RunRecord["commit"];
  readonly profiles: Profiles;
  readonly onStep: (text: string) => void;
  readonly onNote: (text: string) => void;
}

/** The way through for micro-benchmarks: plan → processes → record → verdict → report, in the same run directory form. */
export async function proveMicro(plan: Plan, host: Host, options: ProveMicroOptions): Promise<Proof> {
  const subjects = plan.micro ?? [];
  const streamHost = { host, onNote: options.onNote };
  const influx = await streamSettings(streamHost);
  await using lock = await takeHostLock({
    pid: process.pid,
    since: plan.createdAt,
    what: plan.suite,
    share: options.shareHost,
  });
  const { interrupted: signal } = host;
  const micro: MicroRecord[] = [];
  let directory: RunDirectory;
  let fingerprint: Fingerprint;
  {
    await using guardian = await startGuardian({ runId: plan.runId, env: host.env });
    options.onStep("checking the benchmarks");
    const scratch = await guardian.makeDirectory("micro");
    for (const subject of subjects) {
      await checkSubject(subject, { host, guardian, runDirectory: scratch, onStep: options.onStep });
    }
    directory = await createRunDirectory(options.runsDirectory, plan.runId);
    await directory.write("plan.json", plan);
    fingerprint = await takeFingerprint(guardian, { directory: directory.path, signal, onStep: options.onStep });
    for (const [index, subject] of subjects.entries()) {
      const onStep = (text: string) => options.onStep(`${index + 1} of ${subjects.length}  ${subject.name}: ${text}`);
      const more = { host, guardian, runDirectory: directory.path, onStep };
      micro.push(await measureSubject(subject, options.profiles, more));
    }
  }
  signal.throwIfAborted();
  for (const profile of micro.flatMap((subject) => subject.profiles)) {
    await drawFlamegraph(directory, profile);
  }
  const sharedHost = lock.sharedWith.length > 0;
  const record = runRecord(plan, { ...options, sharedHost, fingerprint }, { scenarios: [], micro });
  await directory.write("record.json", record); // first: it cannot be measured again
  const verdict = judge(plan, record);
  await directory.write("verdict.json", verdict);
  await writeReports(directory, { plan, record, verdict });
  await using stream = openStream(influx, directory.path, streamHost);
  const missing = await sendRunPoints(stream, { plan, record, verdict });
  if (missing !== undefined) options.onNote(missing);
  signal.throwIfAborted();
  return { plan, record, verdict, directory: directory.path };
}

/** `jwt.cpuprofile` → `jwt.cpuprofile.svg` beside it. */
async function drawFlamegraph(directory: RunDirectory, profile: string): Promise<void> {
  const file = join(directory.path, profile);
  let data: unknown;
  try {
    data = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new ProofloadError("PL_RUN_DIRECTORY", `Node wrote no profile ${file}`, { cause });
  }
  const isCpu = profile.endsWith(".cpuprofile");
  const root = isCpu ? cpuFrames(data) : heapFrames(data);
  await directory.write(`${profile}.svg`, renderFlamegraph(root, isCpu ? "ns" : "bytes"));
}
