import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { provisionEmbedded } from "../../harness/environment/embedded.ts";
import { type Guardian, startGuardian } from "../../harness/environment/guardian.ts";
import type { ServiceDefinition } from "../../harness/plan/definition.ts";
import { prepareProfiler, SAMPLE_NS } from "../../harness/profile/service-profiler.ts";
import { changedFunctions, differenceOf } from "../../harness/report/flamegraph/profile-difference.ts";
import { cpuFrames, togetherOf } from "../../harness/report/flamegraph/profile-frames.ts";
import { renderDifference } from "../../harness/report/flamegraph/render-flamegraph.ts";
import { newRunId, scratchFolder } from "./environment-support.ts";

const REQUESTS = 400;

/** A service that computes in its main thread and in a worker, and burns before it listens. */
const server = (planted: string, moved: string) => `${moved}
import { createServer } from "node:http";
import { Worker } from "node:worker_threads";
function burn(turns) { let total = 1; for (let i = 0; i < turns; i += 1) total = (total * 31 + i) | 0; return total; }
function whileStarting() { return burn(3e7); }
function answer() { return usual() + ${planted}; }
function usual() { let total = 7; for (let i = 0; i < 3e5; i += 1) total = (total * 17 + i) | 0; return total; }
function planted() { let total = 3; for (let i = 0; i < 4e5; i += 1) total = (total * 13 + i) | 0; return total; }
whileStarting();
const worker = new Worker(new URL("worker.mjs", import.meta.url));
const http = createServer((request, response) => { if (request.url !== "/ready") worker.postMessage(1); response.end(String(request.url === "/ready" ? 0 : answer())); });
http.listen(Number(process.env.PORT), "127.0.0.1");
process.once("SIGTERM", () => process.exit(0));
`;

const WORKER = `import { parentPort } from "node:worker_threads";
function inWorker() { let total = 5; for (let i = 0; i < 3e5; i += 1) total = (total * 11 + i) | 0; return total; }
parentPort.on("message", () => inWorker());
`;

let folder: ReturnType<typeof scratchFolder>;
let guardian: Guardian;
beforeEach(async () => {
  folder = scratchFolder();
  guardian = await startGuardian({ runId: newRunId(), env: process.env });
});
afterEach(async () => {
  await guardian.done();
  folder[Symbol.dispose]();
});

async function profiled(name: string, text: string) {
  const directory = join(folder.path, name);
  mkdirSync(directory);
  writeFileSync(join(directory, "server.mjs"), text);
  writeFileSync(join(directory, "worker.mjs"), WORKER);
  const service: ServiceDefinition = {
    name: "planted",
    directory,
    command: ["node", "server.mjs"],
    needs: {},
    portVariable: "PORT",
    readyPath: "/ready",
    readyWithin: "20s",
  };
  await using environment = await provisionEmbedded({
    service,
    guardian,
    configDirectory: folder.path,
    logDirectory: directory,
    signal: new AbortController().signal,
  });
  const profiler = await prepareProfiler(join(directory, "profiles"), { environment, service, settings: {} });
  await environment.reset({ settings: profiler.settings, logDirectory: directory });
  await profiler.start();
  for (let index = 0; index < REQUESTS; index += 1) await fetch(environment.baseUrl);
  const profiles = await profiler.stop();
  return { profiles, side: { frames: togetherOf(profiles.map((one) => cpuFrames(one))), requests: REQUESTS } };
}

it("a planted slow function is the first of those that changed, though its line has moved, and alone is red", async () => {
  const base = await profiled("base", server("0", ""));
  const head = await profiled("head", server("planted()", "// a line\n// that moves all others"));
  // The main thread and its worker; what was done before the start is in neither.
  expect(base.profiles).toHaveLength(2);
  const text = JSON.stringify([base.side.frames, head.side.frames]);
  expect(text).toContain('"usual"');
  expect(text).toContain('"inWorker"');
  expect(text).not.toContain('"whileStarting"');

  const changed = changedFunctions(base.side, head.side, SAMPLE_NS);
  expect(changed[0]).toMatchObject({ name: "planted", place: "head/server.mjs:9", base: 0 });
  const svg = renderDifference(differenceOf(base.side, head.side), "ns");
  const strongest = /<title>([^<]*)<\/title><rect[^>]*fill="hsl\(5 85% 55%\)"/.exec(svg)?.[1];
  expect(strongest).toMatch(/^planted \(/);
});
