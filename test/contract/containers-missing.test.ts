import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { provisionContainers } from "../../harness/environment/containers/containers.ts";
import { openEngine } from "../../harness/environment/containers/engine.ts";
import { checkContainers } from "../../harness/environment/doctor-checks.ts";
import { startGuardian } from "../../harness/environment/guardian.ts";
import type { ServiceContainer } from "../../harness/plan/definition.ts";
import { imageVariables } from "./containers-support.ts";
import { fixtureService, newRunId, scratchFolder } from "./environment-support.ts";

const { signal } = new AbortController();

async function failure(container: ServiceContainer | undefined, env: Readonly<Record<string, string>> = {}) {
  const logs = scratchFolder();
  onTestFinished(() => logs[Symbol.dispose]());
  writeFileSync(join(logs.path, "Dockerfile"), "ARG NODE_IMAGE\nFROM $NODE_IMAGE\nRUN echo on the way && false\n");
  const images = await imageVariables();
  await using guardian = await startGuardian({ runId: newRunId(), env: { ...process.env, ...images, ...env } });
  const service = fixtureService({}, container === undefined ? {} : { container });
  const options = { service, configDirectory: logs.path, logDirectory: logs.path, guardian, signal, now: Date.now };
  return provisionContainers(options).then(
    (environment) => environment[Symbol.asyncDispose](),
    (error: unknown) => error,
  );
}

test("doctor finds the engine, and says which it is", async () => {
  const found = expect.stringMatching(/^(Docker|Podman) \d+\.\S+, cgroup v[12]$/);
  expect(await checkContainers(process.env)).toEqual({ name: "containers", ok: true, found, remedy: "" });
});

test("an engine that does not answer where DOCKER_HOST says is not replaced by another one", async () => {
  const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const message = expect.stringContaining("no container engine answers at unix:///nowhere/docker.sock");
  await expect(openEngine(signal, env)).rejects.toMatchObject({ code: "PL_DEPENDENCY_MISSING", message });
  expect(await checkContainers(env)).toMatchObject({
    ok: true,
    remedy: expect.stringContaining("apt install docker.io"),
  });
});

test("an image that is not there and cannot be pulled is named, with the variable that names another", async () => {
  const missing = "registry.invalid/postgres:1";
  const error = await failure({ dockerfile: "Dockerfile" }, { PROOFLOAD_IMAGE_POSTGRES: missing });
  const message = expect.stringMatching(
    /the image registry\.invalid\/postgres:1 is not on this machine and cannot be pulled[\s\S]*PROOFLOAD_IMAGE_POSTGRES/,
  );
  expect(error).toMatchObject({ code: "PL_DEPENDENCY_MISSING", message });
});

test("a build that fails shows its last lines", async () => {
  const error = await failure({ dockerfile: "Dockerfile" });
  expect(error).toMatchObject({ code: "PL_START_FAILED" });
  expect(String(error)).toMatch(
    /the image of Dockerfile cannot be built: .*returned a non-zero code: 1 \(log: .*build\.log\)/,
  );
  expect(String(error)).toContain("| on the way");
});

test("a service without an image, and a Dockerfile that is not there: what to write where", async () => {
  expect(await failure(undefined)).toMatchObject({
    code: "PL_CONFIG",
    problems: [{ where: "service fixture: container", instead: expect.stringContaining("dockerfile") }],
  });
  expect(await failure({ dockerfile: "missing/Dockerfile" })).toMatchObject({
    code: "PL_CONFIG",
    problems: [{ where: "service fixture: container.dockerfile" }],
  });
});
