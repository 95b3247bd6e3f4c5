import { describe, expect, it } from "vitest";
import { addressText, parseRange, rangeText } from "../plan/addresses.ts";
import { lookupWithin, openGuard } from "./guard.ts";

/** Counts how often each name is asked for; the second answer of "changing.test" is another one. */
function names(known: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    const found = known[host];
    if (found === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
    return found;
  };
  return { asked, resolve };
}

const { resolve } = names({
  "staging.test": ["10.1.2.3", "2001:db8::5"],
  "mixed.test": ["10.1.2.3", "192.0.2.7"],
  "half-local.test": ["127.0.0.1", "192.0.2.7"],
  "local.test": ["127.0.0.5"],
  "away.localhost": ["10.1.2.3"],
  "empty.test": [],
});

describe("the guard lets load go", () => {
  it.each([
    ["http://127.0.0.1:3000/", "http://127.0.0.1:3000", ["127.0.0.1/32"]],
    ["http://2130706437:80/api/", "http://127.0.0.5/api", ["127.0.0.5/32"]],
    ["http://[::ffff:127.0.0.9]:3000", "http://[::ffff:7f00:9]:3000", ["127.0.0.9/32"]],
    ["http://local.test", "http://local.test", ["127.0.0.5/32"]],
  ])("to this machine without being told: %s", async (url, baseUrl, reach) => {
    const guard = await openGuard(url, undefined, resolve);
    expect(guard.baseUrl).toBe(baseUrl);
    expect(guard.reach.map(rangeText)).toEqual(reach);
  });

  it("to the service elsewhere and to everything that is named", async () => {
    const guard = await openGuard("http://staging.test", { hosts: ["staging.test", "192.0.2.0/24"] }, resolve);
    const addresses = ["10.1.2.3/32", "2001:db8:0:0:0:0:0:5/128"];
    expect(guard.reach.map(rangeText)).toEqual([...addresses, ...addresses, "192.0.2.0/24"]);
  });

  it.each([undefined, "http://127.0.0.1:80"])(
    "nowhere but to this machine where the service is on it, because such load has no caps (%s)",
    async (url) => {
      const guard = await openGuard(url, { hosts: ["staging.test", "192.0.2.0/24", "local.test"] }, resolve);
      expect(guard.reach.map(rangeText)).toEqual(["127.0.0.1/32", "127.0.0.5/32"]);
    },
  );

  it("to a name that is allowed, asking for its addresses once: a second answer could be another one", async () => {
    const { asked, resolve: counted } = names({ "staging.test": ["10.1.2.3"] });
    const guard = await openGuard("https://Staging.test:8443/", { hosts: ["staging.test."] }, counted);
    expect(guard.reach.map(addressText)).toEqual(["10.1.2.3", "10.1.2.3"]);
    expect(asked).toEqual(["staging.test"]);
  });

  it("to a name whose every address is in a range that is allowed", async () => {
    const guard = await openGuard("http://mixed.test", { hosts: ["10.1.0.0/16", "192.0.2.7"] }, resolve);
    expect(guard.reach.map(addressText)).toContain("192.0.2.7");
  });

  it("nowhere because of a name that nobody knows", async () => {
    const guard = await openGuard("http://127.0.0.1:1", { hosts: ["gone.test"] }, resolve);
    expect(guard.reach.map(addressText)).toEqual(["127.0.0.1"]);
  });
});

describe("the guard refuses, before anything is sent,", () => {
  it.each([
    ["an address elsewhere", "http://192.0.2.1:80", [], /192\.0\.2\.1/],
    ["an IPv6 address elsewhere", "http://[2001:db8::1]/", [], /hosts: \["2001:db8::1"\]/],
    ["this machine's every address", "http://0.0.0.0:80", [], /0\.0\.0\.0/],
    ["a name elsewhere", "http://staging.test", [], /staging\.test means 10\.1\.2\.3, 2001:db8::5/],
    ["a name with one address allowed and one not", "http://mixed.test", ["10.0.0.0/8"], /192\.0\.2\.7 is not/],
    ["a name with one address here and one elsewhere", "http://half-local.test", [], /192\.0\.2\.7 is not/],
    ["a name that nobody knows", "http://gone.test", ["gone.test"], /not known.*ENOTFOUND/],
    ["a localhost that is elsewhere", "http://away.localhost", ["10.1.2.3"], /10\.1\.2\.3/],
    ["a name without addresses", "http://empty.test", ["empty.test"], /not known/],
  ])("%s", async (_, url, hosts, says) => {
    const error: unknown = await openGuard(url, { hosts }, resolve).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "PL_NOT_ALLOWED" });
    expect(JSON.stringify((error as { problems: unknown }).problems).replaceAll('\\"', '"')).toMatch(says);
  });

  it.each(["ftp://127.0.0.1/", "127.0.0.1:80", "http://user@127.0.0.1/", "http://127.0.0.1/?a=b"])(
    "%s, which is no address of a service",
    async (url) => {
      await expect(openGuard(url, undefined, resolve)).rejects.toMatchObject({ code: "PL_USAGE" });
    },
  );
});

describe("a name that is connected to", () => {
  const localhost = (text: string) =>
    new Promise<unknown>((resolve) => {
      const reach = [parseRange(text)].flatMap((range) => range ?? []);
      lookupWithin(reach)("localhost", { family: 4 }, (error, address) => resolve(error?.message ?? address));
    });

  it("becomes an address within reach, and no connection where it means another by then", async () => {
    expect(await localhost("127.0.0.0/8")).toBe("127.0.0.1");
    expect(await localhost("10.0.0.0/8")).toBe("localhost now means 127.0.0.1, which is not allowed");
  });
});
