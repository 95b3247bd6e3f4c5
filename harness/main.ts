import { runCli } from "./cli.ts";
import { nodeHost } from "./node-host.ts";
import { reportFailure } from "./report-failure.ts";

/** The process: one host, one exit code. Anything that nobody caught is a defect and exits 4, never 1. */
export async function main(): Promise<void> {
  const host = nodeHost();
  const fail = (error: unknown) => {
    process.exitCode = reportFailure(error, host);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  try {
    process.exitCode = await runCli(process.argv.slice(2), host);
  } catch (error) {
    fail(error);
  }
}
