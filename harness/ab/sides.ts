/**
 * The two sides of an A/B: git refs, images or addresses become two definitions of one service. What is compared is the
 * service: its code, its seed command and its dependencies come from the side; how it is started, the scenario, the
 * budgets and the numbers that the data are made from come from the present checkout, so that both sides do one work.
 */
import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { AbSide, Pair, SideName } from "../collect/ab-record.ts";
import type { Guardian } from "../environment/guardian.ts";
import { type Problem, ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { ServiceDefinition } from "../plan/definition.ts";
import { nearest } from "../plan/nearest.ts";
import { linkDependencies } from "./dependencies.ts";
import { type Commit, checkoutOf, commitNamed, refNames, workingTree } from "./git.ts";
import { prepareSide } from "./prepare-side.ts";
import { kindOfSide, type NamedSide } from "./side-kind.ts";
import { openWorktree, type Worktree } from "./worktree.ts";

export interface Side {
  readonly name: SideName;
  readonly record: AbSide;
  /** All its paths are absolute: the drivers take it with the checkout's configuration folder. */
  readonly service: ServiceDefinition | undefined;
  /** Of a service that runs already. */
  readonly url?: string;
  /** The folder of the configuration as this side has it; undefined for images and addresses. */
  readonly directory: string | undefined;
}

export interface Sides extends Pair<Side>, AsyncDisposable {}

export interface SidesOptions {
  /** Of refs and images; addresses need none. */
  readonly environment: "embedded" | "containers";
  /** As the present checkout defines it. */
  readonly service: ServiceDefinition | undefined;
  /** Absolute. */
  readonly configDirectory: string;
  /** Absolute folder for the files of refs: `.proofload/ab/worktrees`. */
  readonly worktrees: string;
  /** Absolute folder for the logs of installing and building. */
  readonly logDirectory: string;
  readonly guardian: Guardian;
  readonly host: Host;
  readonly onProgress: (text: string) => void;
}

/** A side whose words mean something; nothing has been made yet. */
interface Meant extends NamedSide {
  readonly side: SideName;
  readonly given: string;
  /** Of a ref. */
  readonly commit?: Commit | undefined;
}

/**
 * Both sides, ready to be started. A ref has its files in a worktree, its dependencies linked or installed, and is built.
 * Dispose of them after everything that was started from them has ended.
 * @throws ProofloadError PL_USAGE for words that mean nothing, before anything is made; PL_BUILD_FAILED with the last
 * lines of an installation or a build.
 */
export async function openSides(given: Pair<string>, options: SidesOptions): Promise<Sides> {
  const meant = await meaningOf(given, options);
  await using made = new AsyncDisposableStack();
  const worktrees = new Map<string, Worktree>();
  const worktreeOf = async ({ commit, name }: Meant): Promise<string | undefined> => {
    if (name === "." || commit === undefined) return undefined;
    const there = worktrees.get(commit.sha);
    if (there !== undefined) return there.path;
    const { guardian, host } = options;
    options.onProgress(`taking the files of ${name}`);
    const holder = { pid: process.pid, since: new Date(host.now()).toISOString(), what: `ab ${guardian.runId}` };
    const checkout = (await checkoutOf(options.configDirectory)) ?? options.configDirectory;
    const worktree = made.use(await openWorktree(commit, { ...options, checkout, holder }));
    worktrees.set(commit.sha, worktree);
    await installedIn(worktree.path, checkout, name, options);
    return worktree.path;
  };
  const built = new Set<string>();
  const sideOf = async (one: Meant): Promise<Side> => {
    const { side: name } = one;
    if (one.kind !== "ref") return withoutFiles(one, options);
    const directory = await directoryIn(await worktreeOf(one), one, options);
    if (!built.has(directory)) await build(directory, one, options);
    built.add(directory);
    const record: AbSide = {
      given: one.given,
      kind: "ref",
      ...(one.commit === undefined ? {} : { commit: one.commit }),
    };
    return { name, record, service: serviceIn(directory, options), directory };
  };
  const base = await sideOf(meant.base);
  const head = await sideOf(meant.head);
  const kept = made.move();
  return { base, head, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** All that is wrong with either side, at once. */
async function meaningOf(given: Pair<string>, options: SidesOptions): Promise<Pair<Meant>> {
  const problems: Problem[] = [];
  const base = await meant("base", given.base, options, problems);
  const head = await meant("head", given.head, options, problems);
  if ((base.kind === "url") !== (head.kind === "url")) {
    problems.push({
      what: "a service that runs elsewhere is not like one that is started here: their difference says nothing of the code",
      where: "--base and --head",
      instead: "two addresses, or none",
    });
  }
  if (problems.length > 0) throw new ProofloadError("PL_USAGE", "the sides cannot be compared", { problems });
  return { base, head };
}

async function meant(side: SideName, given: string, options: SidesOptions, problems: Problem[]): Promise<Meant> {
  const named = kindOfSide(given);
  const where = `--${side} ${given}`;
  const { configDirectory, environment } = options;
  if (named.kind === "url" && !URL.canParse(named.name)) {
    problems.push({ what: `"${named.name}" is no address`, where, instead: "http://127.0.0.1:3000" });
  }
  if (named.kind === "image" && environment !== "containers") {
    problems.push({ what: "an image runs in a container", where, instead: "--env containers, or a git ref" });
  }
  if (named.kind !== "ref") return { ...named, side, given };
  if (named.name === ".") return { ...named, side, given, commit: await workingTree(configDirectory) };
  const commit = await commitNamed(configDirectory, named.name);
  if (commit === undefined) problems.push({ ...(await noSuchRef(named.name, configDirectory)), where });
  return { ...named, side, given, commit };
}

async function noSuchRef(name: string, configDirectory: string): Promise<Omit<Problem, "where">> {
  if ((await checkoutOf(configDirectory)) === undefined) {
    return { what: "there is no git checkout to take a ref from", instead: '"." for the files as they are' };
  }
  const like = nearest(name, await refNames(configDirectory));
  const alike = like === "" ? "" : `"${like}", `;
  return {
    what: `there is no commit, branch or tag "${name}" here (a shallow clone may lack it: git fetch --unshallow --tags)`,
    instead: `${alike}image:${name} for an image`,
  };
}

function withoutFiles({ side: name, given, kind, name: value }: Meant, { service }: SidesOptions): Side {
  if (kind === "url") return { name, record: { given, kind }, service, url: value, directory: undefined };
  const inImage = service === undefined ? undefined : { ...service, container: { image: value } };
  return { name, record: { given, kind }, service: inImage, directory: undefined };
}

/** Where the configuration's folder lies in the side. */
async function directoryIn(worktree: string | undefined, one: Meant, options: SidesOptions): Promise<string> {
  const { configDirectory } = options;
  if (worktree === undefined) return configDirectory;
  const directory = join(worktree, await insideCheckout(configDirectory));
  const folder = resolve(directory, options.service?.directory ?? ".");
  if (existsSync(folder)) return directory;
  const what = `${one.name} has no folder ${relative(worktree, folder) || "."}`;
  throw new ProofloadError("PL_BUILD_FAILED", `${what}, which the service is started in`);
}

async function insideCheckout(directory: string): Promise<string> {
  const checkout = (await checkoutOf(directory)) ?? directory;
  return relative(await realpath(checkout), await realpath(directory));
}

function serviceIn(directory: string, { service }: SidesOptions): ServiceDefinition | undefined {
  if (service === undefined) return undefined;
  const { container } = service;
  const at = (path: string) => resolve(directory, path);
  const absolute = { ...service, directory: at(service.directory) };
  if (container === undefined || "image" in container) return absolute;
  const { dockerfile, context = "." } = container;
  return { ...absolute, container: { ...container, dockerfile: at(dockerfile), context: at(context) } };
}

/** In a container the Dockerfile says what is installed. */
async function installedIn(worktree: string, checkout: string, ref: string, options: SidesOptions): Promise<void> {
  if (options.environment === "containers") return;
  const directory = join(worktree, await insideCheckout(options.configDirectory));
  const folder = resolve(directory, options.service?.directory ?? ".");
  const dependencies = await linkDependencies(worktree, checkout, existsSync(folder) ? folder : directory);
  if (dependencies?.install === undefined) return;
  await prepareSide("install", {
    ...options,
    what: `installing the dependencies of ${ref}`,
    command: dependencies.install,
    directory: dependencies.directory,
  });
}

/** The working tree is built too: what was built before the last change would be compared otherwise. */
async function build(directory: string, { side, name }: Meant, options: SidesOptions): Promise<void> {
  const { service, environment } = options;
  if (service?.build === undefined || environment === "containers") return;
  await prepareSide(`build-${side}`, {
    ...options,
    what: `building ${name === "." ? "the working tree" : name}`,
    command: service.build,
    directory: resolve(directory, service.directory),
  });
}
