import { createLog } from "./observe/log.ts";
import { createMetrics } from "./observe/metrics.ts";
import { createService, type Service } from "./service.ts";
import { readSettings, type Settings, SettingsError } from "./settings.ts";

/**
 * The service's process: `node src/main.ts`, settings from the environment. Prints one JSON line
 * `{"msg":"listening","port":…}` when it serves. SIGTERM and SIGINT end it with its logs and audit events written.
 */
async function main(settings: Settings): Promise<void> {
  const metrics = createMetrics(settings);
  const serviceLog = createLog(settings, (lines) => metrics.logLinesDropped.inc(lines));
  const service = await createService(settings, metrics, serviceLog);

  let stopping: Promise<void> | undefined;
  const stop = (reason: string): Promise<void> => {
    stopping ??= shutDown(service, settings, reason).finally(() => serviceLog.close());
    return stopping;
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));
  const crash = (error: unknown): void => {
    serviceLog.log.fatal({ err: error }, "uncaught error");
    process.exitCode = 1;
    void stop("uncaught error");
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);

  try {
    const port = await service.listen();
    // Written before the ordinary log's next flush, whatever LOG_LEVEL says: who started us waits for it.
    process.stdout.write(`${JSON.stringify({ msg: "listening", port, host: settings.host, pid: process.pid })}\n`);
  } catch (error) {
    process.stderr.write(`${JSON.stringify({ msg: "cannot listen", problem: listenProblem(error, settings) })}\n`);
    process.exitCode = 1;
    await stop("cannot listen");
  }
}

async function shutDown(service: Service, settings: Settings, reason: string): Promise<void> {
  // A request or a database that never ends must not keep the process: the rest is given up, and the exit code says so.
  const deadline = setTimeout(() => process.kill(process.pid, "SIGKILL"), settings.shutdownMs);
  deadline.unref();
  await service.close(reason);
}

function listenProblem(error: unknown, { host, port }: Settings): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `port ${port} on ${host} is taken by another process; set PORT to a free one, or to 0 for any`;
  if (code === "EACCES") return `this user may not listen on port ${port}; set PORT to one above 1023`;
  return error instanceof Error ? error.message : String(error);
}

function settingsOrUndefined(): Settings | undefined {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${JSON.stringify({ msg: "wrong settings", problems: error.problems })}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

const settings = settingsOrUndefined();
if (settings !== undefined) await main(settings);
