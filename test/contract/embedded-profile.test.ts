import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { canPin } from "../../harness/environment/affinity.ts";
import { provisionEmbedded } from "../../harness/environment/embedded.ts";
import { PartDied } from "../../harness/environment/failure-watch.ts";
import { startGuardian } from "../../harness/environment/guardian.ts";
import { hostHardware } from "../../harness/environment/host-hardware.ts";
import type { ServiceDefinition } from "../../harness/plan/definition.ts";
import type { Layout } from "../../harness/plan/profile.ts";
import { fixtureService, fixtures, newRunId, scratchFolder } from "./environment-support.ts";

const { cpus } = hostHardware();
const [first = 0] = cpus;
const last = cpus.at(-1) ?? 0;

const layout: Layout = {
  profile: "pinned",
  scale: 1,
  sharesCores: false,
  parts: {
    service: { cpus: 0.5, cpuset: String(first), memoryBytes: 128 * 1024 ** 2 },
    postgres: { cpus: 0.5, cpuset: String(last), memoryBytes: 256 * 1024 ** 2 },
    redis: { cpus: 0.25, cpuset: String(last), memoryBytes: 64 * 1024 ** 2 },
    generator: { cpus: 0.25, cpuset: String(last), memoryBytes: 128 * 1024 ** 2 },
  },
  postgres: { shared_buffers: "48MB" },
  redis: { maxmemory: "48mb" },
};

async function provision(service: ServiceDefinition) {
  const logs = scratchFolder();
  onTestFinished(() => logs[Symbol.dispose]());
  const guardian = await startGuardian({ runId: newRunId(), env: process.env });
  onTestFinished(() => guardian.done());
  const signal = new AbortController().signal;
  return provisionEmbedded({ service, configDirectory: fixtures, logDirectory: logs.path, guardian, signal, layout });
}

/** Every thread's own set: what was pinned too late has threads elsewhere. */
function coresOf(pid: number): string[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const sets = threads.map((thread) => readFileSync(join(`/proc/${pid}/task`, thread, "status"), "utf8"));
  return [...new Set(sets.map((text) => /^Cpus_allowed_list:\s*(\S+)$/m.exec(text)?.[1] ?? ""))];
}

test("the embedded environment keeps all threads of its parts to the cores of a profile, and says what it cannot keep", async () => {
  expect(canPin(process.env)).toBe(true);
  await using environment = await provision(fixtureService());
  const cores = Object.fromEntries(environment.parts.map(({ name, pid = 0 }) => [name, coresOf(pid)]));
  expect(cores).toEqual({ service: [String(first)], postgres: [String(last)], redis: [String(last)] });
  const { pid = 0 } = environment.parts.find(({ name }) => name === "service") ?? {};
  expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toContain("NODE_OPTIONS=--max-old-space-size=96\0");
  const facts = environment.facts();
  expect(facts.layout).toEqual(layout);
  expect(facts.limits.join("\n")).toMatch(/^CPU time of the profile: not enforced/);
  expect(facts.limits.join("\n")).toContain("JavaScript heap alone is held to 96 MiB");
}, 60_000);

test("a Node service whose heap does not suffice is out of memory, also while it starts", async () => {
  const eats = "const all = []; for (;;) all.push(Array.from({ length: 1e5 }, (_, index) => ({ index })));";
  const service = fixtureService({}, { command: ["node", "-e", eats], needs: {} });
  const { seedCommand: _, ...unseeded } = service;
  const started = provision(unseeded);
  await expect(started).rejects.toBeInstanceOf(PartDied);
  await started.catch((error: PartDied) => {
    expect(error.failure).toMatchObject({ part: "service", outOfMemory: true });
  });
}, 60_000);
