import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../../host.ts";
import { reasonOf } from "../readiness.ts";
import type { Engine } from "./engine.ts";
import { inspectImage } from "./images.ts";

const PULL_WITHIN_MS = 5000;

/**
 * Testcontainers' reaper, a container that removes what carries the run's session when the connection of this process ends.
 * The guardian does the same without it; it is there for the case that both are killed. Returns a sentence that says
 * whether it watches: it is never a reason to stop.
 */
export async function watchByReaper(engine: Engine, runId: string, env: Host["env"]): Promise<string> {
  if (env["TESTCONTAINERS_RYUK_DISABLED"] === "true") return without("TESTCONTAINERS_RYUK_DISABLED is set");
  const { getContainerRuntimeClient, getReaper } = await import("testcontainers");
  const image = env["RYUK_CONTAINER_IMAGE"] ?? "testcontainers/ryuk:0.14.0";
  const missing = await pullWhereMissing(engine, image);
  if (missing !== undefined) return without(`${image} is not here and cannot be pulled: ${missing}`);
  try {
    const reaper = await getReaper(await getContainerRuntimeClient());
    reaper.addSession(runId);
    return "clean-up: the guardian, and Testcontainers' reaper where both harness and guardian are killed";
  } catch (error) {
    return without(reasonOf(error));
  }
}

async function pullWhereMissing(engine: Engine, image: string): Promise<string | undefined> {
  if ((await inspectImage(engine.docker, image).catch(() => undefined)) !== undefined) return undefined;
  const pulled = engine.pull(image).then(() => undefined, reasonOf);
  return Promise.race([pulled, sleep(PULL_WITHIN_MS, `not within ${PULL_WITHIN_MS / 1000} s`, { ref: false })]);
}

function without(why: string): string {
  return `clean-up: the guardian; where that is killed as well, the start of a run after a day (no reaper: ${why})`;
}
