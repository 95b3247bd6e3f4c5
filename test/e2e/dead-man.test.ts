import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { DEMO_CONFIG, folder, ROOT, runDirectory, start } from "./cli.ts";
import { nothingLeft, processesOf } from "./left-behind.ts";

const LIMIT_MS = 2000;

/** Counts requests by path, and remembers when the last one came. */
async function service() {
  const counts: Record<string, number> = {};
  let lastAt = 0;
  const server = createServer((request, response) => {
    lastAt = performance.now();
    counts[request.url ?? ""] = (counts[request.url ?? ""] ?? 0) + 1;
    response.end("ok");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    lastAt: () => lastAt,
    async until(path: string, atLeast: number) {
      for (let tries = 0; tries < 600 && (counts[path] ?? 0) < atLeast; tries += 1) await sleep(50);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

it("load ends within 2 s of the harness being killed, even where the script's teardown goes on sending", async () => {
  await using here = await folder();
  await using asked = await service();
  const script = join(ROOT, "test", "fixtures", "k6-scripts", "endless-teardown.js");
  const { child, ended } = start(["run", script, "--url", asked.url, "--share-host"], { cwd: here.path });
  await asked.until("/load", 50);
  const killedAt = performance.now();
  child.kill("SIGKILL");
  await ended;
  // Longer than what is allowed: what still comes is seen.
  await sleep(LIMIT_MS + 2000);
  expect(asked.counts["/teardown"], "it was asked to end properly first").toBeGreaterThan(0);
  expect(asked.lastAt() - killedAt).toBeLessThan(LIMIT_MS);
  expect(await nothingLeft(basename(await runDirectory(here.path)))).toEqual([]);
});

it("no k6 is left 2 s after the harness of an embedded run was killed", async () => {
  await using here = await folder();
  const args = ["run", "reading", "--config", DEMO_CONFIG, "--share-host"];
  const { child, ended, said } = start(args, { cwd: here.path });
  await said("measured");
  const runId = basename(await runDirectory(here.path));
  const k6 = () => processesOf(runId).filter((one) => one.includes("opentelemetry"));
  expect(k6()).toHaveLength(1);
  child.kill("SIGKILL");
  await ended;
  await sleep(LIMIT_MS);
  expect(k6()).toEqual([]);
  expect(await nothingLeft(runId)).toEqual([]);
});
