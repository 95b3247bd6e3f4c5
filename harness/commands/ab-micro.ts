import { randomInt } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { AB_TIMING, type AbMicroPlan } from "../ab/ab-micro-plan.ts";
import { marginOf } from "../ab/plan-ab.ts";
import { proveMicroAb } from "../ab/prove-micro-ab.ts";
import { type Problem, ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { readMicroPlan } from "../plan/read-micro-plan.ts";
import { renderAbJson } from "../report/ab/json.ts";
import { renderAbTerminal } from "../report/ab/terminal.ts";
import type { AbRules } from "../verdict/ab/ab-verdict.ts";
import { DEFAULT_AB_RULES } from "../verdict/ab/rules.ts";
import { proofloadVersion } from "../version.ts";
import { loadConfiguration } from "./configuration.ts";
import { stepLine } from "./progress-line.ts";
import { remember } from "./remember.ts";
import { runIdAt } from "./run-id.ts";

export interface AbMicroOptions {
  /** Name of one micro-benchmark, or a part that only one has. */
  readonly micro: string;
  readonly base: string;
  readonly head: string;
  readonly config: string | undefined;
  readonly output: string | undefined;
  /** Most starts. */
  readonly starts: number | undefined;
  /** Most minutes. */
  readonly minutes: number | undefined;
  /** "3%" */
  readonly margin: string | undefined;
  readonly seed: number | undefined;
  readonly json: boolean;
  readonly "share-host": boolean;
}

/** `proofload ab --micro <subject>`: one micro-benchmark, two versions of what it measures. Returns the exit code. */
export async function abMicro(host: Host, options: AbMicroOptions): Promise<number> {
  const { configuration, directory: configDirectory } = await loadConfiguration(host, options.config);
  const runId = runIdAt(host.now(), `ab+${options.micro}`);
  const createdAt = new Date(host.now()).toISOString();
  const resolvePath = (path: string) => resolve(configDirectory, path);
  const { micro = [] } = readMicroPlan(configuration, {
    patterns: [options.micro],
    quick: true,
    runId,
    createdAt,
    resolvePath,
  });
  const [subject] = micro;
  if (subject === undefined || micro.length > 1) {
    const names = micro.map(({ name }) => name).join(", ");
    throw new ProofloadError(
      "PL_USAGE",
      `--micro ${options.micro} is ${micro.length} micro-benchmarks: ${names}; name one`,
    );
  }
  const service = configuration.targets.find(({ name }) => name === subject.target)?.service;
  if (service === undefined) throw new ProofloadError("PL_INTERNAL", `there is no target ${subject.target}`);
  const plan: AbMicroPlan = {
    schema: "proofload/ab-micro-plan/1",
    runId,
    createdAt,
    given: { base: options.base, head: options.head },
    subject: { ...subject, timing: AB_TIMING },
    seed: options.seed ?? randomInt(2 ** 31),
    mostMinutes: options.minutes ?? MINUTES,
    rules: rulesOf(options),
  };
  const progress = stepLine(host);
  const { record, verdict, directory } = await proveMicroAb(plan, host, {
    abDirectory: options.output === undefined ? join(host.cwd, ".proofload", "ab") : resolve(host.cwd, options.output),
    configDirectory,
    service,
    shareHost: options["share-host"],
    proofloadVersion: proofloadVersion(),
    onStep: progress.show,
  }).finally(() => progress.clear());
  await remember(host);
  const where = relative(host.cwd, directory) || ".";
  host.out.write(
    options.json ? renderAbJson(record, verdict) : renderAbTerminal(record, verdict, { ...host.out, directory: where }),
  );
  return verdict.exitCode;
}

const MINUTES = 10;

function rulesOf({ starts, minutes, margin }: AbMicroOptions): AbRules {
  const problems: Problem[] = [];
  const { margin: usual, mostStarts } = DEFAULT_AB_RULES;
  const wanted = margin === undefined ? usual : marginOf(margin, problems);
  if (starts !== undefined && !(Number.isInteger(starts) && starts > 0)) {
    problems.push({ what: `${starts} starts are not possible`, where: "--starts", instead: "a whole number from 1" });
  }
  if (minutes !== undefined && !(minutes > 0)) {
    problems.push({ what: `${minutes} minutes are not possible`, where: "--minutes", instead: "a number above 0" });
  }
  if (problems.length > 0) {
    throw new ProofloadError("PL_PLAN", "the comparison cannot be run as it is asked for", { problems });
  }
  return { ...DEFAULT_AB_RULES, margin: wanted, mostStarts: starts ?? mostStarts };
}
