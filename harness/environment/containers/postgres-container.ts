import type { PartLimits } from "../../plan/profile.ts";
import {
  awaitPostgres,
  BUILTIN_LOCALE,
  CLUSTER,
  createServiceRole,
  postgresAccess,
  type RunningPostgres,
  serverSettings,
} from "../postgres.ts";
import { type PartOptions, startPart } from "./part-container.ts";

export type ServerOptions = Pick<PartOptions, "engine" | "image" | "labels" | "logFile" | "signal"> & {
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly limits: PartLimits | undefined;
};

/** What the official image and Debian's packages agree about: the folder belongs to the user postgres. */
const HOME = "/var/lib/postgresql";

/**
 * The cluster is made by our own initdb, not by the entry point of the image: the same roles, passwords and sort order
 * as in the embedded environment, no socket, and no second start of the server. The password is nowhere on a command line.
 */
const SCRIPT = `
set -eu
umask 077
locale="--locale=C.UTF-8"
case "$(initdb --help)" in *builtin-locale*) locale="${BUILTIN_LOCALE.join(" ")}" ;; esac
printf %s "$PROOFLOAD_PASSWORD" > /tmp/password
unset PROOFLOAD_PASSWORD
initdb -D ${HOME}/proofload --pwfile=/tmp/password ${CLUSTER.join(" ")} $locale
rm /tmp/password
exec postgres -D ${HOME}/proofload "$@"
`;

/**
 * Postgres in a container on a loopback port of this machine; its data lie on the engine's disk.
 * @throws ProofloadError PL_START_FAILED, PL_CONFIG
 */
export async function startPostgresContainer(options: ServerOptions): Promise<RunningPostgres> {
  const { port, signal } = options;
  const settings = serverSettings(options.settings, port);
  const access = postgresAccess(port);
  let version = "";
  const child = await startPart({
    ...options,
    name: "postgres",
    entrypoint: ["/bin/sh", "-c", SCRIPT, "postgres"],
    command: settings,
    user: "postgres",
    environment: { PROOFLOAD_PASSWORD: access.password, LC_ALL: "C", TZ: "UTC" },
    volume: HOME,
    async ready(run) {
      version = await awaitPostgres(access, run, signal);
      await createServiceRole(access);
    },
  });
  return {
    child,
    port,
    version,
    inMemory: false,
    adminUrl: access.adminUrl,
    serviceUrl: access.serviceUrl,
    // Nobody needs its data any more.
    [Symbol.asyncDispose]: async () => void (await child.stop(0)),
  };
}
