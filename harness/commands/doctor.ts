import { checkContainers, checkPostgres, checkRedis } from "../environment/doctor-checks.ts";
import { checkK6, checkNode } from "../load/doctor.ts";
import type { MakeCommand } from "./command.ts";

/** What this machine has, what is missing, what to type. */
export const doctorCommand: MakeCommand<{ json: boolean }> = (host, finish) => ({
  command: "doctor",
  describe: "Say what this machine has, what is missing, and what to type",
  builder: (yargs) =>
    yargs
      .option("json", { type: "boolean", default: false, describe: "machine-readable" })
      .example("$0 doctor", "check Node, k6, Postgres, Redis and the container engine"),
  handler: async ({ json }) => {
    const checks = [
      checkNode(process.versions.node),
      await checkK6({ env: host.env, cwd: host.cwd }),
      await checkPostgres(host.env),
      await checkRedis(host.env, host.cwd),
      await checkContainers(host.env),
    ];
    if (json) {
      host.out.write(`${JSON.stringify(checks, null, 2)}\n`);
    } else {
      for (const { ok, name, found, remedy } of checks) {
        host.out.write(
          `${ok ? "✓" : "✗"} ${name.padEnd(10)} ${found}\n${remedy === undefined || remedy === "" ? "" : `             → ${remedy}\n`}`,
        );
      }
    }
    finish(checks.every((check) => check.ok) ? 0 : 4);
  },
});
