import { type RequestOptions, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { RUN_LABEL } from "./labels.ts";

// Part of the guardian: no client library, nothing that takes time to load, and no error that matters to anybody.

/** Where a container engine listens. */
export type EngineAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };

export interface Remains {
  readonly runId: string;
  /** How long something may still appear that the harness had asked for when it was killed; 0 after an orderly end. */
  readonly lateMs: number;
  /** Ends everything, whatever is left. */
  readonly signal: AbortSignal;
}

const BETWEEN_LOOKS_MS = 100;

/** Removes what carries the run's label from an engine: containers with their anonymous volumes, volumes, networks. */
export async function removeEngineRemains(engine: EngineAddress, { runId, lateMs, signal }: Remains): Promise<void> {
  const watchUntil = performance.now() + lateMs;
  while (!signal.aborted) {
    const left = await removeOnce(engine, runId, signal).catch(() => undefined);
    // An engine that does not answer is asked again: it may be starting, or busy.
    if (left === 0 && performance.now() >= watchUntil) return;
    await sleep(BETWEEN_LOOKS_MS);
  }
}

/** How many there were. */
async function removeOnce(engine: EngineAddress, runId: string, signal: AbortSignal): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${RUN_LABEL}=${runId}`] }));
  const ask = (method: string, path: string) => askEngine(engine, method, path, signal);
  const remove = async (paths: readonly string[]) => {
    // Refused: in use for a moment more, or on its way out already. The next look tells.
    await Promise.all(paths.map((path) => ask("DELETE", path).catch(() => {})));
    return paths.length;
  };
  const containers = listOf(await ask("GET", `/containers/json?all=true&filters=${filters}`));
  const ended = await remove(containers.map(({ Id }) => `/containers/${Id}?force=true&v=true`));
  const { Volumes } = (await ask("GET", `/volumes?filters=${filters}`)) as { Volumes?: unknown };
  const volumes = listOf(Volumes).map(({ Name }) => `/volumes/${encodeURIComponent(Name ?? "")}?force=true`);
  const networks = listOf(await ask("GET", `/networks?filters=${filters}`)).map(({ Id }) => `/networks/${Id}`);
  return ended + (await remove([...volumes, ...networks]));
}

function listOf(answer: unknown): readonly { readonly Id?: string; readonly Name?: string }[] {
  return Array.isArray(answer) ? answer : [];
}

/** @throws Error for no answer, and for every answer but a good one. */
function askEngine(engine: EngineAddress, method: string, path: string, signal: AbortSignal): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const options: RequestOptions = { ...engine, method, path, agent: false, signal, headers: { host: "engine" } };
  const asked = request(options, (answer) => {
    const chunks: Buffer[] = [];
    answer.on("data", (chunk: Buffer) => chunks.push(chunk));
    answer.once("error", reject);
    answer.once("end", () => {
      const text = Buffer.concat(chunks).toString();
      if ((answer.statusCode ?? 500) >= 300) reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
      else resolve(text === "" ? undefined : JSON.parse(text));
    });
  });
  asked.once("error", reject);
  asked.end();
  return promise;
}
