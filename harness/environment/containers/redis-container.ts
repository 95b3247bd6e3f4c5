import { randomBytes } from "node:crypto";
import { awaitRedis, clearRedis, configurationText, type RunningRedis, redisUrl } from "../redis.ts";
import { startPart } from "./part-container.ts";
import type { ServerOptions } from "./postgres-container.ts";

const DATA = "/data";

/** Its configuration comes by standard input: no file in a read-only container, and no password on a command line. */
const SCRIPT = `
conf="$PROOFLOAD_REDIS_CONF"
unset PROOFLOAD_REDIS_CONF
exec redis-server - <<END
$conf
END
`;

/** The user of the official images of Redis and Valkey, by number, because they go by different names. */
const USER = "999:999";

/**
 * Redis in a container on a loopback port of this machine.
 * @throws ProofloadError PL_START_FAILED
 */
export async function startRedisContainer(options: ServerOptions): Promise<RunningRedis> {
  const { port, signal } = options;
  const password = randomBytes(18).toString("hex");
  const url = redisUrl(port, password);
  let version = "";
  const child = await startPart({
    ...options,
    name: "redis",
    entrypoint: ["/bin/sh", "-c", SCRIPT],
    command: [],
    user: USER,
    environment: {
      PROOFLOAD_REDIS_CONF: configurationText(options.settings, { port, directory: DATA, password }),
      LC_ALL: "C",
    },
    volume: DATA,
    async ready(run) {
      version = await awaitRedis(url, run, signal);
    },
  });
  return {
    child,
    port,
    version,
    url,
    clear: () => clearRedis(url),
    [Symbol.asyncDispose]: async () => void (await child.stop(0)),
  };
}
