import type { Environment } from "../environment/environment.ts";
import { signalGroup } from "../environment/processes.ts";

/**
 * Holds the services of these environments still until disposed of, so that what they do on the side (timers, garbage
 * collection) takes nothing from the one that is measured. A service that runs elsewhere has no process to hold.
 */
export async function paused(environments: readonly Environment[]): Promise<AsyncDisposable> {
  const pids = environments.flatMap(({ parts }) => parts.find(({ name }) => name === "service")?.pid ?? []);
  for (const pid of pids) signalGroup(pid, "SIGSTOP");
  return {
    async [Symbol.asyncDispose]() {
      for (const pid of pids) signalGroup(pid, "SIGCONT");
    },
  };
}
