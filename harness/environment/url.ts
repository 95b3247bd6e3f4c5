import type { Range } from "../plan/addresses.ts";
import type { ServiceDefinition } from "../plan/definition.ts";
import type { Environment, EnvironmentFacts, ResetOptions } from "./environment.ts";
import { lookupWithin, openGuard } from "./guard.ts";
import type { Guardian } from "./guardian.ts";
import { askHttp, awaitReady, get } from "./readiness.ts";
import { type HookOptions, runResetHook } from "./reset-hook.ts";
import { scrapeMetrics } from "./scrape.ts";
import { readyWithinMs } from "./service.ts";

export interface UrlOptions {
  /** Of a service that runs already: "http://127.0.0.1:3000". */
  readonly url: string;
  /** Addresses that may be connected to; those that this machine has for `url` when left out, if they are its own. */
  readonly reach?: readonly Range[];
  /** What is known of it: paths for readiness and metrics, how it is reset. Without it any answer at all means ready. */
  readonly service?: Pick<
    ServiceDefinition,
    "name" | "readyPath" | "readyWithin" | "metricsPath" | "resetHook" | "directory" | "environment"
  >;
  readonly signal: AbortSignal;
  /** Needed where the reset hook is a command. */
  readonly guardian?: Guardian;
  /** Absolute folder of the configuration file, which the service's directory is relative to. */
  readonly configDirectory?: string;
}

const READY_WITHIN_MS = 10_000;

/**
 * A service that somebody else has started. Nothing is started or seeded; it is reset by its own hook, where it has one.
 * @throws ProofloadError PL_USAGE and PL_NOT_ALLOWED for an address that load may not go to; PL_START_FAILED when it is
 * not ready.
 */
export async function provisionUrl(options: UrlOptions): Promise<Environment> {
  const { service, signal } = options;
  const { baseUrl, reach } = await within(options);
  const lookup = lookupWithin(reach);
  const asked = new Set<string>();

  const ready = () =>
    awaitReady({
      what: `the service at ${baseUrl}`,
      ask: async () => {
        if (service !== undefined) return askHttp(`${baseUrl}${service.readyPath}`, { lookup });
        await get(baseUrl, 2000, { lookup });
        return undefined;
      },
      withinMs: service === undefined ? READY_WITHIN_MS : readyWithinMs(service),
      signal,
    });
  await ready();

  const hook = service?.resetHook;
  const facts = (): EnvironmentFacts => ({
    kind: "url",
    baseUrl,
    parts: [{ name: "service" }],
    limits: [
      "CPU and memory of the declared profile: not known (the service runs elsewhere or was started by somebody else)",
      ...(hook === undefined ? ["data and caches: not reset between scenarios"] : []),
      ...(asked.size === 0 ? [] : [`settings of the scenarios: not applied (${[...asked].sort().join(", ")})`]),
    ],
  });
  return {
    kind: "url",
    baseUrl,
    parts: [{ name: "service" }],
    async reset({ settings, logDirectory }: ResetOptions) {
      for (const name of Object.keys(settings)) asked.add(name);
      if (service !== undefined && hook !== undefined) {
        await runResetHook({ ...hookOptions(options, service), baseUrl, hook, logDirectory, lookup, signal });
      }
      await ready();
    },
    scrape: () => scrapeMetrics(baseUrl, service?.metricsPath, { lookup }),
    facts,
    // There is no process that we could see die; a service that stops answering shows as failed requests.
    onFailure: () => () => {},
    async [Symbol.asyncDispose]() {},
  };
}

async function within({ url, reach }: UrlOptions): Promise<{ baseUrl: string; reach: readonly Range[] }> {
  if (reach !== undefined) return { baseUrl: url, reach };
  const guard = await openGuard(url, undefined);
  return { baseUrl: guard.baseUrl ?? url, reach: guard.reach };
}

function hookOptions(
  { guardian, configDirectory = "/" }: UrlOptions,
  service: NonNullable<UrlOptions["service"]>,
): Pick<HookOptions, "guardian" | "configDirectory" | "service"> {
  return { service, configDirectory, ...(guardian === undefined ? {} : { guardian }) };
}
