import { isRunAlive } from "../processes.ts";
import type { Docker } from "./engine.ts";
import { EXPIRY_LABEL, RUN_LABEL } from "./labels.ts";

interface Found {
  readonly Labels?: Readonly<Record<string, string>> | undefined;
}

/**
 * Removes what an earlier run left behind whose guardian was ended as well (the machine went down): only what carries our
 * labels, has expired at `now` (milliseconds since the epoch), and belongs to no run that lives. Returns how many.
 */
export async function sweepExpired(docker: Docker, now: number): Promise<number> {
  const filters = { label: [EXPIRY_LABEL] };
  const expired = <Resource extends Found>(all: readonly Resource[]) => all.filter((one) => isExpired(one, now));
  const containers = expired(await docker.listContainers({ all: true, filters }));
  await removeAll(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  const { Volumes } = await docker.listVolumes({ filters });
  const volumes = expired(Volumes);
  const networks = expired(await docker.listNetworks({ filters }));
  await removeAll([
    ...volumes.map(({ Name }) => docker.getVolume(Name).remove()),
    ...networks.map(({ Id }) => docker.getNetwork(Id).remove()),
  ]);
  return containers.length + volumes.length + networks.length;
}

function isExpired({ Labels: labels = {} }: Found, now: number): boolean {
  const runId = labels[RUN_LABEL];
  const expires = Number.parseInt(labels[EXPIRY_LABEL] ?? "", 10);
  return runId !== undefined && expires * 1000 < now && !isRunAlive(runId);
}

/** Another run may sweep at the same moment: what is gone is gone. */
async function removeAll(removals: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(removals);
}
