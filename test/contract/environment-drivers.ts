import { execFileSync } from "node:child_process";
import { provisionContainers } from "../../harness/environment/containers/containers.ts";
import { provisionEmbedded } from "../../harness/environment/embedded.ts";
import type { Environment, PartName } from "../../harness/environment/environment.ts";
import { type Guardian, startGuardian } from "../../harness/environment/guardian.ts";
import { provisionUrl } from "../../harness/environment/url.ts";
import type { ServiceDefinition } from "../../harness/plan/definition.ts";
import { fixtureContext, imageVariables, wideLayout } from "./containers-support.ts";
import { fixtureService, fixtures, leftOf, newRunId, scratchFolder } from "./environment-support.ts";

export interface ProvisionOptions {
  readonly service: ServiceDefinition;
  readonly logDirectory: string;
  readonly guardian: Guardian;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
  readonly port?: number;
}

/** One kind of environment, as the contract tests see it. Each capability that is missing has a test that it is. */
export interface Driver {
  readonly name: "embedded" | "containers" | "url";
  /** It starts, seeds and stops the parts itself, so it knows their processes, applies settings and notices a death. */
  readonly startsParts: boolean;
  /** What the guardian's processes are given of this machine. */
  readonly env: NodeJS.ProcessEnv;
  provision(options: ProvisionOptions): Promise<Environment>;
  /** SIGKILL for a part of it, from outside. */
  kill(environment: Environment, part: PartName): void;
  /** What is still there of a run. */
  left(runId: string): string[];
}

/** Of the user's environment, and no business of any service. */
const USERS_OWN = { USERS_OWN: "secret" };

export interface OpenedDriver extends Driver, AsyncDisposable {}

export const DRIVERS = { embedded: openEmbedded, containers: openContainers, url: openUrl } as const;

async function openEmbedded(): Promise<OpenedDriver> {
  return {
    name: "embedded",
    startsParts: true,
    env: { ...process.env, ...USERS_OWN },
    provision: (options) => provisionEmbedded({ ...options, configDirectory: fixtures }),
    kill: (environment, part) => process.kill(pidOf(environment, part), "SIGKILL"),
    left: leftOf,
    async [Symbol.asyncDispose]() {},
  };
}

async function openContainers(): Promise<OpenedDriver> {
  const images = await imageVariables();
  const folder = scratchFolder();
  await fixtureContext(folder.path);
  const layout = wideLayout();
  return {
    name: "containers",
    startsParts: true,
    env: { ...process.env, ...images, ...USERS_OWN },
    provision: ({ service, ...options }) =>
      provisionContainers({
        ...options,
        service: { ...service, container: { dockerfile: "Dockerfile" } },
        configDirectory: folder.path,
        layout,
        now: Date.now,
      }),
    kill(environment, name) {
      const id = environment.parts.find((part) => part.name === name)?.containerId ?? "";
      execFileSync("docker", ["kill", "--signal", "KILL", id]);
    },
    left(runId) {
      const label = `label=proofload.run=${runId}`;
      const ask = (kind: string, ...more: string[]) =>
        execFileSync("docker", [kind, "ls", "--quiet", "--filter", label, ...more], { encoding: "utf8" })
          .split("\n")
          .filter((id) => id !== "")
          .map((id) => `${kind} ${id}`);
      return [...leftOf(runId), ...ask("container", "--all"), ...ask("volume"), ...ask("network")];
    },
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
    },
  };
}

/** The service that already runs is one that these tests start themselves. */
async function openUrl(): Promise<OpenedDriver> {
  await using opening = new AsyncDisposableStack();
  const logs = opening.adopt(scratchFolder(), (folder) => folder[Symbol.dispose]());
  const guardian = opening.use(await startGuardian({ runId: newRunId(), env: process.env }));
  const host = opening.use(
    await provisionEmbedded({
      guardian,
      service: fixtureService(),
      configDirectory: fixtures,
      logDirectory: logs.path,
      signal: new AbortController().signal,
    }),
  );
  const opened = opening.move();
  return {
    name: "url",
    startsParts: false,
    env: { ...process.env },
    async provision({ service, ...options }) {
      // Another test may have killed it.
      await host.reset({ settings: {}, logDirectory: logs.path });
      const known = { ...service, resetHook: { post: "/reset" } };
      return provisionUrl({ ...options, url: host.baseUrl, service: known, configDirectory: fixtures });
    },
    kill: (_, part) => process.kill(pidOf(host, part), "SIGKILL"),
    left: leftOf,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export function pidOf(environment: Environment, name: PartName): number {
  return environment.parts.find((part) => part.name === name)?.pid ?? 0;
}
