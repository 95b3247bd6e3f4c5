import { existsSync, statSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { type Problem, ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { ensureK6, type K6 } from "../load/k6-binary.ts";
import { inspectUserScript } from "../load/prepare-script.ts";
import { capProblems, capsOf } from "../plan/allowed-load.ts";
import { chooseProfile, type ProfileRequest } from "../plan/choose-profile.ts";
import type { Configuration, ServiceDefinition } from "../plan/definition.ts";
import type { Plan, ScenarioPlan } from "../plan/plan.ts";
import { readPlan } from "../plan/read-plan.ts";
import { planUserScript } from "../plan/user-script.ts";
import { adjusted } from "./adjustments.ts";
import { loadConfiguration, nearestConfiguration } from "./configuration.ts";
import { runIdAt } from "./run-id.ts";

/** What `run` and `plan` take. */
export interface PlanOptions {
  readonly what: readonly string[];
  readonly config?: string | undefined;
  readonly env: "embedded" | "containers" | "url";
  readonly url?: string | undefined;
  readonly profile?: string | undefined;
  readonly "scale-profile": boolean;
  readonly budget: readonly string[];
  readonly setting: readonly string[];
}

export interface PlannedRun {
  readonly plan: Plan;
  /** Folder that the service's commands are relative to. */
  readonly configDirectory: string;
  /** Given where k6 was needed to plan. */
  readonly k6?: K6;
}

/** From the words of the command line to a plan; nothing is started. */
export async function planRun(host: Host, options: PlanOptions): Promise<PlannedRun> {
  const environment = environmentOf(options);
  const createdAt = new Date(host.now()).toISOString();
  const scripts = options.what.filter((word) => isScript(host, word));
  if (scripts.length > 0) {
    return planScripts(host, options, { environment, createdAt, scripts });
  }
  const { configuration, directory } = await loadConfiguration(host, options.config);
  const plan = readPlan(configuration, {
    what: options.what,
    runId: runIdAt(host.now(), options.what.join("+")),
    createdAt,
    environment,
    profile: profileOf(options),
    resolvePath: (path) => resolve(directory, path),
  });
  return { plan: adjusted(plan, options), configDirectory: directory };
}

function profileOf(options: PlanOptions): ProfileRequest {
  return { name: options.profile, scale: options["scale-profile"] };
}

function environmentOf(options: PlanOptions): Plan["environment"] {
  const { env, url } = options;
  if (url !== undefined) {
    if (env === "containers") {
      throw new ProofloadError(
        "PL_USAGE",
        "--url is a service that runs already; leave out --url, or --env containers",
      );
    }
    if (options.profile !== undefined || options["scale-profile"]) {
      const what = "a service that runs already has the hardware that it has; leave out --profile and --scale-profile";
      throw new ProofloadError("PL_USAGE", what);
    }
    return { kind: "url", url };
  }
  if (env === "url") {
    throw new ProofloadError("PL_USAGE", "--env url needs --url, such as --url http://127.0.0.1:3000");
  }
  return { kind: env };
}

/** A word is a script when it names a file; a suite or scenario never has a slash or an extension. */
function isScript(host: Host, word: string): boolean {
  if (!word.includes("/") && !/\.[cm]?[jt]s$/.test(word)) {
    return false;
  }
  const file = resolve(host.cwd, word);
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new ProofloadError("PL_USAGE", `there is no file ${word}`);
  }
  return true;
}

async function planScripts(
  host: Host,
  options: PlanOptions,
  {
    environment,
    createdAt,
    scripts,
  }: { environment: Plan["environment"]; createdAt: string; scripts: readonly string[] },
): Promise<PlannedRun> {
  if (scripts.length < options.what.length) {
    throw new ProofloadError(
      "PL_USAGE",
      "k6 scripts and scenarios of the configuration cannot share a run; give one kind",
    );
  }
  const { interrupted: signal } = host;
  const problems: Problem[] = [];
  const { allow, service, hardware, configDirectory } = await surroundings(host, options, environment, problems);
  const k6 = await ensureK6({ env: host.env, cwd: host.cwd, onProgress: (text) => host.out.note(`${text}\n`), signal });
  const scenarios: ScenarioPlan[] = [];
  for (const word of scripts) {
    const file = resolve(host.cwd, word);
    const tools = { k6: k6.path, env: host.env, cwd: host.cwd, signal };
    const { options: k6Options, ...inspected } = await inspectUserScript(file, tools);
    const name = basename(file, extname(file));
    scenarios.push(planUserScript(file, name, { ...k6Options, ...inspected, rps: k6Options["rps"] }, problems));
  }
  problems.push(...capProblems(scenarios, capsOf(urlOf(environment), allow)));
  if (problems.length > 0) {
    throw new ProofloadError("PL_PLAN", "the scripts cannot be run as they are", { problems });
  }
  const suite = scenarios.map((scenario) => scenario.name).join("+");
  const common = {
    schema: "proofload/plan/1",
    runId: runIdAt(host.now(), suite),
    createdAt,
    suite,
    environment,
    scenarios,
    requirements: [],
    ...(allow === undefined ? {} : { allow }),
    ...(service === undefined ? {} : { service }),
    ...(hardware === undefined ? {} : { hardware }),
  } as const;
  return { plan: adjusted(common, options), configDirectory, k6 };
}

interface Surroundings {
  readonly allow: Configuration["allow"];
  readonly service?: ServiceDefinition;
  readonly hardware?: NonNullable<Plan["hardware"]>;
  readonly configDirectory: string;
}

/** A script for an address needs no configuration; where there is one, it says where load may go. */
async function surroundings(
  host: Host,
  options: PlanOptions,
  environment: Plan["environment"],
  problems: Problem[],
): Promise<Surroundings> {
  const isUrl = environment.kind === "url";
  if (isUrl && options.config === undefined && nearestConfiguration(host.cwd) === undefined) {
    return { allow: undefined, configDirectory: host.cwd };
  }
  const { configuration, directory } = await loadConfiguration(host, options.config);
  const { allow, targets } = configuration;
  if (isUrl) return { allow, configDirectory: directory };
  const [target] = targets;
  const hardware = chooseProfile(configuration, target === undefined ? [] : [target], profileOf(options), problems);
  return {
    allow,
    configDirectory: directory,
    ...(target === undefined ? {} : { service: target.service }),
    ...(hardware === undefined ? {} : { hardware }),
  };
}

function urlOf(environment: Plan["environment"]): string | undefined {
  return environment.kind === "url" ? environment.url : undefined;
}
