import { expect, onTestFinished, test } from "vitest";
import type { EnvironmentFacts } from "../../harness/environment/environment.ts";
import { requireDocker } from "../docker/docker-command.ts";
import { containersOf, everythingOf, killWithGuardian, partsIn } from "./containers-left.ts";
import { fixtureContext, imageVariables } from "./containers-support.ts";
import { newRunId, scratchFolder, startDriver } from "./environment-support.ts";

/** The reaper waits for 10 s for somebody who comes back. */
const WITHIN_MS = 30_000;

// Not where no image can be pulled, see vitest.config.ts.
test("where the guardian is killed as well, Testcontainers' reaper removes what the run had in the engine", async () => {
  await requireDocker();
  const [logs, context] = [scratchFolder(), scratchFolder()];
  onTestFinished(() => {
    for (const folder of [logs, context]) folder[Symbol.dispose]();
  });
  await fixtureContext(context.path);
  const runId = newRunId();
  const options = { runId, logDirectory: logs.path, environment: {}, buildContext: context.path };
  const driver = startDriver({ ...options, holds: true, resets: false }, [], {
    ...process.env,
    ...(await imageVariables()),
  });
  const ready = await driver.line("ready");
  const facts: EnvironmentFacts = JSON.parse(ready.slice("ready ".length));
  expect(facts.limits.join()).toContain("Testcontainers' reaper where both harness and guardian are killed");
  await killWithGuardian({ runId, driver });
  expect(await containersOf(runId)).toHaveLength(3);
  await expect.poll(() => everythingOf({ runId, driver }, partsIn(driver)), { timeout: WITHIN_MS }).toEqual([]);
}, 120_000);
