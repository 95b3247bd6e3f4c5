import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { ProofloadError } from "../errors.ts";
import type { ServiceDefinition } from "../plan/definition.ts";
import type { Environment, EnvironmentFacts, ResetOptions } from "./environment.ts";
import { askHttp, awaitReady, get, reasonOf } from "./readiness.ts";
import { scrapeMetrics } from "./scrape.ts";
import { readyWithinMs } from "./service.ts";

export interface UrlOptions {
  /** Of a service that runs already: "http://127.0.0.1:3000". */
  readonly url: string;
  /** What is known of it: the paths for readiness and metrics. Without it any answer at all means ready. */
  readonly service?: Pick<ServiceDefinition, "name" | "readyPath" | "readyWithin" | "metricsPath">;
  readonly signal: AbortSignal;
}

const READY_WITHIN_MS = 10_000;

/**
 * A service that somebody else has started. Nothing is started, seeded or reset.
 * @throws ProofloadError PL_USAGE for an address that is not of this machine, PL_START_FAILED when it is not ready.
 */
export async function provisionUrl({ url, service, signal }: UrlOptions): Promise<Environment> {
  const baseUrl = await localBaseUrl(url);
  const asked = new Set<string>();

  const ready = () =>
    awaitReady({
      what: `the service at ${baseUrl}`,
      ask: service === undefined ? () => askAnything(baseUrl) : () => askHttp(`${baseUrl}${service.readyPath}`),
      withinMs: service === undefined ? READY_WITHIN_MS : readyWithinMs(service),
      signal,
    });
  await ready();

  const facts = (): EnvironmentFacts => ({
    kind: "url",
    baseUrl,
    parts: [{ name: "service" }],
    limits: [
      "CPU and memory of the declared profile: not known (the service runs elsewhere or was started by somebody else)",
      "data and caches: not reset between scenarios",
      ...(asked.size === 0 ? [] : [`settings of the scenarios: not applied (${[...asked].sort().join(", ")})`]),
    ],
  });
  return {
    kind: "url",
    baseUrl,
    parts: [{ name: "service" }],
    async reset({ settings }: ResetOptions) {
      for (const name of Object.keys(settings)) asked.add(name);
      await ready();
    },
    scrape: () => scrapeMetrics(baseUrl, service?.metricsPath),
    facts,
    // There is no process that we could see die; a service that stops answering shows as failed requests.
    onFailure: () => () => {},
    async [Symbol.asyncDispose]() {},
  };
}

/** Every address that the name stands for must be this machine's own. */
async function localBaseUrl(text: string): Promise<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "") {
    throw new ProofloadError(
      "PL_USAGE",
      `"${text}" is not the address of a service; type one like http://127.0.0.1:3000`,
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) > 0 ? [host] : await resolveAll(host, text);
  const foreign = addresses.filter((address) => !isLoopback(address));
  if (foreign.length > 0) {
    const means = foreign[0] === host ? "" : ` (${host} means ${foreign.join(", ")})`;
    throw new ProofloadError(
      "PL_USAGE",
      `load goes only to this machine for now, and ${text} is elsewhere${means}; type an address such as http://127.0.0.1:3000`,
    );
  }
  return text.replace(/\/+$/, "");
}

async function resolveAll(host: string, text: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw new ProofloadError("PL_USAGE", `the host of ${text} is not known: ${reasonOf(error)}`, { cause: error });
  }
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isLoopback(address: string): boolean {
  // An IPv4 address in IPv6 dress (::ffff:127.0.0.1) is checked as the IPv4 address that it is.
  return loopback.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

async function askAnything(url: string): Promise<string | undefined> {
  await get(url, 2000);
  return undefined;
}
