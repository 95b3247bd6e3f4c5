import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { childEnd, describeExit, spawnChild } from "../environment/child.ts";
import type { Guardian } from "../environment/guardian.ts";
import { lastLines } from "../environment/log-tail.ts";
import { commandOf } from "../environment/service.ts";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";

export interface StepOptions {
  /** "installing the dependencies of v1.4.0" */
  readonly what: string;
  readonly command: readonly string[];
  /** Absolute. */
  readonly directory: string;
  /** Absolute; made when it is not there. */
  readonly logDirectory: string;
  readonly guardian: Guardian;
  readonly host: Host;
  readonly onProgress: (text: string) => void;
}

/** What npm tells the commands that it runs about the package that *it* was called for. */
const OF_ANOTHER_PACKAGE =
  /^(npm_package_|npm_lifecycle_|npm_command$|npm_config_local_prefix$|INIT_CWD$|NODE_OPTIONS$)/;

/**
 * Installs or builds one side, in the user's own environment, as they would by hand.
 * @throws ProofloadError PL_BUILD_FAILED with the last lines that the command wrote; the signal's reason when aborted.
 */
export async function prepareSide(name: string, options: StepOptions): Promise<void> {
  const { what, directory, guardian, host } = options;
  options.onProgress(what);
  await mkdir(options.logDirectory, { recursive: true });
  const logFile = join(options.logDirectory, `${name}.log`);
  const [command, args] = commandOf(options.command, what);
  const env = Object.fromEntries(Object.entries(host.env).filter(([key]) => !OF_ANOTHER_PACKAGE.test(key)));
  const child = await spawnChild(guardian, name, command, args, { cwd: directory, env, logFile });
  const exit = await childEnd(child, host.interrupted);
  if (exit.code === 0) return;
  const said = tellingLines(logFile).map((line) => `\n  | ${line}`);
  const how = `\`${options.command.join(" ")}\` ${describeExit(exit)} (log: ${logFile})`;
  throw new ProofloadError("PL_BUILD_FAILED", `${what}: ${how}${said.join("")}`);
}

const SHOWN_LINES = 15;

/** The last lines, without the whole help that npm prints after it has said what is wrong. */
function tellingLines(logFile: string): readonly string[] {
  const lines = lastLines(logFile, 200);
  const help = lines.findIndex((line) => /^npm error Usage:/.test(line));
  const telling = (help === -1 ? lines : lines.slice(0, help)).filter((line) => line.trim() !== "npm error");
  return telling.slice(-SHOWN_LINES);
}
