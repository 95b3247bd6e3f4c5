/** A plain k6 that sends OTLP to a receiver, as the harness sets it up, against a responder of two bytes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { freemem } from "node:os";
import { join } from "node:path";
import { type K6Summary, readK6Summary } from "../../harness/collect/k6-summary.ts";
import type { OtlpEndpoint } from "../../harness/load/k6-arguments.ts";
import { runArguments, runEnvironment } from "../../harness/load/k6-arguments.ts";
import { pinnedK6 } from "./k6-bench.ts";

export interface Responder extends AsyncDisposable {
  readonly url: string;
}

export async function startResponder(): Promise<Responder> {
  const server = createServer((_, response) => response.end("ok"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Three endpoints, a check and a trend of the script's own; `load` is what stands in the k6 scenario. */
export function k6Script(load: string): string {
  return `
import http from "k6/http";
import { check } from "k6";
import { Trend } from "k6/metrics";
const latency = new Trend("latency", true);
export const options = {
  systemTags: ["name", "status", "error_code", "scenario", "check"],
  summaryTrendStats: ["count", "avg", "min", "med", "max", "p(90)", "p(95)", "p(99)"],
  scenarios: { load: { ${load}, tags: { phase: "measured" } } },
};
export default function () {
  const name = ["a", "b", "c"][__ITER % 3];
  const response = http.get(__ENV.PROOFLOAD_BASE_URL, { tags: { name } });
  check(response, { [name + ": body"]: (r) => r.body === "ok" }, { name });
  latency.add(response.timings.duration, { name });
}
export function handleSummary(data) { return { [__ENV.PROOFLOAD_SUMMARY]: JSON.stringify(data) }; }
`;
}

export interface RunningK6 {
  readonly child: ChildProcess;
  /** Of a k6 that ended with 0. */
  readonly summary: Promise<K6Summary>;
}

/** Runs k6 as the harness does, in `folder`. */
export async function startK6(
  folder: string,
  run: { readonly script: string; readonly baseUrl: string; readonly otlp: OtlpEndpoint },
): Promise<RunningK6> {
  await writeFile(join(folder, "script.js"), run.script);
  await writeFile(join(folder, "config.json"), "{}");
  const summaryFile = join(folder, "k6-summary.json");
  const child = spawn((await pinnedK6()).path, runArguments("script.js", "config.json", { denied: [] }), {
    cwd: folder,
    stdio: "ignore",
    env: runEnvironment({
      base: process.env,
      baseUrl: run.baseUrl,
      canaryUrl: run.baseUrl,
      otlp: run.otlp,
      summaryFile,
      outputDirectory: folder,
      freeMemoryBytes: freemem(),
    }),
  });
  const summary = once(child, "exit").then(([code, signal]) => {
    if (code !== 0) throw new Error(`k6 ended with ${code ?? signal}`);
    return readK6Summary(summaryFile);
  });
  summary.catch(() => undefined);
  return { child, summary };
}
