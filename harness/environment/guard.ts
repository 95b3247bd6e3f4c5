import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { type Problem, ProofloadError } from "../errors.ts";
import { addressText, covers, LOOPBACK, parseAddress, parseRange, type Range } from "../plan/addresses.ts";
import { bareHost, isThisMachine } from "../plan/allowed-load.ts";
import type { AllowedLoad } from "../plan/definition.ts";
import { reasonOf } from "./readiness.ts";

/** Every address that a name stands for. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface Guard {
  /** Of a service that runs already, as every program reads it alike: without the odd forms of addresses. */
  readonly baseUrl?: string;
  /**
   * What load may reach: the service's own addresses, and what the configuration names. Where the service is on this
   * machine, load has no caps, and so it does not leave it.
   */
  readonly reach: readonly Range[];
}

/** The service of an environment that we start ourselves listens here. */
const OWN_SERVICE: Range = { version: 4, first: 0x7f00_0001n, prefix: 32 };

/**
 * Where the load of a run may go. Every address that a name stands for must be allowed, because which of them is taken
 * is not ours to say; a name of the allow-list that nobody knows allows nothing.
 * @param url of a service that runs already; undefined where the service is started by us.
 * @throws ProofloadError PL_USAGE for a text that is no address of a service; PL_NOT_ALLOWED.
 */
export async function openGuard(
  url: string | undefined,
  allow: AllowedLoad | undefined,
  resolve: Resolve = resolveAll,
): Promise<Guard> {
  const known = new Map<string, Promise<readonly string[]>>();
  const once = (host: string) => {
    const name = host.toLowerCase().replace(/\.$/, "");
    const found = known.get(name) ?? resolve(name);
    known.set(name, found);
    return found;
  };
  const named = await Promise.all((allow?.hosts ?? []).map((host) => rangesOf(host, once)));
  const allowed = named.flat();
  const here = allowed.filter((range) => covers(LOOPBACK, range));
  if (url === undefined) return { reach: [OWN_SERVICE, ...here] };
  const { baseUrl, addresses } = await checkedTarget(url, allowed, once);
  const isHere = addresses.every((address) => covers(LOOPBACK, address));
  return { baseUrl, reach: [...addresses, ...(isHere ? here : allowed)] };
}

async function rangesOf(host: string, resolve: Resolve): Promise<readonly Range[]> {
  const range = parseRange(host);
  if (range !== undefined) return [range];
  const addresses = await resolve(host).catch(() => []);
  return addresses.flatMap((address) => parseAddress(address) ?? []);
}

async function checkedTarget(
  text: string,
  allowed: readonly Range[],
  resolve: Resolve,
): Promise<{ readonly baseUrl: string; readonly addresses: readonly Range[] }> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "") {
    throw new ProofloadError(
      "PL_USAGE",
      `"${text}" is not the address of a service; type one like http://127.0.0.1:3000`,
    );
  }
  const host = bareHost(url);
  const found = isIP(host) > 0 ? [host] : await resolve(host).catch(reasonOf);
  if (typeof found === "string" || found.length === 0) {
    const what = `the host of ${text} is not known${typeof found === "string" ? `: ${found}` : ""}`;
    throw notAllowed({ what, where: `--url ${text}`, instead: "a name that this machine resolves, or an address" });
  }
  const addresses = found.flatMap((address) => parseAddress(address) ?? []);
  // What says that it is this machine has no caps, and so must be it.
  const may = isThisMachine(url) ? LOOPBACK : [...LOOPBACK, ...allowed];
  const foreign = addresses.filter((address) => !covers(may, address));
  if (foreign.length > 0 || addresses.length < found.length) {
    const texts = foreign.map(addressText);
    const means = texts.includes(host) ? "" : ` (${host} means ${found.join(", ")})`;
    const some = foreign.length < found.length && foreign.length > 0 ? `, and of these ${texts.join(", ")} is not` : "";
    throw notAllowed({
      what: `${text} is not on this machine, and the configuration does not allow it${means}${some}`,
      where: `--url ${text}`,
      instead: `allow: { hosts: ["${host}"] } in proofload.config.ts, if this service may be put under load`,
    });
  }
  return { baseUrl: `${url.origin}${url.pathname}`.replace(/\/+$/, ""), addresses };
}

function notAllowed(problem: Problem): ProofloadError {
  return new ProofloadError("PL_NOT_ALLOWED", "load may not go there", { problems: [problem] });
}

const resolveAll: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/** Names become addresses at every connection anew; one that is not within reach by then is not connected to. */
export function lookupWithin(reach: readonly Range[]): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }).then(
      (found) => {
        const within = found.filter(({ address }) => {
          const parsed = parseAddress(address);
          return parsed !== undefined && covers(reach, parsed);
        });
        const [first] = within;
        if (first === undefined) {
          const means = found.map(({ address }) => address).join(", ");
          callback(new Error(`${host} now means ${means}, which is not allowed`), "", 0);
        } else if (options.all === true) callback(null, within);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, "", 0),
    );
  };
}
