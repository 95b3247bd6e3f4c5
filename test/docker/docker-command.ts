import { execFile } from "node:child_process";
import { promisify } from "node:util";

const MOST_OUTPUT = 64 * 1024 * 1024;

/** What a command says on standard output, without the last line break. @throws Error with what it said on the other. */
export async function run(
  command: string,
  args: readonly string[],
  more: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<string> {
  const env = { ...process.env, ...more.env };
  const { stdout } = await promisify(execFile)(command, args, { ...more, env, maxBuffer: MOST_OUTPUT });
  return stdout.trimEnd();
}

export async function docker(args: readonly string[]): Promise<string> {
  // The old builder: the new one is a plug-in that Debian does not bring.
  return run("docker", args, { env: { DOCKER_BUILDKIT: "0" } });
}

/** What a test of containers cannot do without. @throws Error that says what is missing. */
export async function requireDocker(): Promise<void> {
  for (const [command, ...args] of [
    ["docker", "info"],
    ["docker-compose", "version"],
  ] as const) {
    try {
      await run(command, args);
    } catch (cause) {
      throw new Error(`\`${command} ${args.join(" ")}\` fails: .ci/run installs and starts Docker`, { cause });
    }
  }
}
