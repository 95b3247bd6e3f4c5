import { BlockList } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressText, complement, covers, parseAddress, parseRange, type Range, rangeText } from "./addresses.ts";

const ipv4 = fc.bigInt({ min: 0n, max: (1n << 32n) - 1n });
const ipv6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const version4 = fc.record({ version: fc.constant(4 as const), first: ipv4, prefix: fc.integer({ min: 0, max: 32 }) });
const version6 = fc.record({ version: fc.constant(6 as const), first: ipv6, prefix: fc.integer({ min: 0, max: 128 }) });
/** With every bit beyond its prefix cleared, as `parseRange` wants it. */
const range = fc.oneof(version4, version6).map(({ version, first, prefix }): Range => {
  const rest = BigInt((version === 4 ? 32 : 128) - prefix);
  return parseRange(rangeText({ version, first: (first >> rest) << rest, prefix })) as Range;
});

/** Both sides of every edge of these ranges, and the ends of the address space: where a mistake would be. */
function edges(ranges: readonly Range[]): Range[] {
  const last = { 4: (1n << 32n) - 1n, 6: (1n << 128n) - 1n };
  return ranges.flatMap(({ version, first, prefix }) => {
    const bits = version === 4 ? 32 : 128;
    const end = first + (1n << BigInt(bits - prefix)) - 1n;
    return [0n, first - 1n, first, end, end + 1n, last[version]]
      .filter((value) => value >= 0n && value <= last[version])
      .map((value) => parseAddress(addressText({ version, first: value, prefix: bits })) as Range);
  });
}

describe("the complement of allowed ranges", () => {
  it("holds every address that they do not hold, and no other, in Node's own judgement", () => {
    fc.assert(
      fc.property(
        fc.array(range, { maxLength: 6 }),
        fc.array(fc.oneof(ipv4, ipv6), { maxLength: 20 }),
        (allowed, some) => {
          const denied = complement(allowed);
          const list = new BlockList();
          for (const one of denied) list.addSubnet(addressText(one), one.prefix, one.version === 4 ? "ipv4" : "ipv6");
          const random = some.map(
            (value) => parseAddress(addressText({ version: 6, first: value, prefix: 128 })) as Range,
          );
          for (const address of [...edges([...allowed, ...denied]), ...random]) {
            const isAllowed = covers(allowed, address);
            expect(covers(denied, address)).toBe(!isAllowed);
            expect(list.check(addressText(address), address.version === 4 ? "ipv4" : "ipv6")).toBe(!isAllowed);
          }
        },
      ),
      { seed: 20261121, numRuns: 50 },
    );
  });

  it("takes at most 32 ranges for each IPv4 address, 128 for each of IPv6 and 97 for the part that means IPv4", () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 8 }), (allowed) => {
        const of = (version: 4 | 6) => allowed.filter((one) => one.version === version).length;
        expect(complement(allowed).length).toBeLessThanOrEqual(1 + 32 * of(4) + 96 + 128 * of(6));
      }),
      { seed: 20261121 },
    );
  });

  it("never names a range of IPv6 that means IPv4: k6 would read it as one", () => {
    const neighbours = ["::fffe:0:0/96", "::1:0:0:0/96", "::ffff:10.0.0.0/104"].map(
      (text) => parseRange(text) as Range,
    );
    const mapped = { version: 6, first: 0xffff_0000_0000n, prefix: 96 } as const;
    const within = complement(neighbours).filter(
      (one) => covers([mapped], one) || (one.version === 6 && covers([one], mapped)),
    );
    expect(within).toEqual([]);
  });
});

describe("an address", () => {
  it("is read as Node reads it", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const list = new BlockList();
        list.addAddress(text, "ipv6");
        const read = parseAddress(text);
        expect(read).toBeDefined();
        expect(list.check(addressText(read as Range), (read as Range).version === 4 ? "ipv4" : "ipv6")).toBe(true);
      }),
      { seed: 20261121 },
    );
  });

  it.each([
    "127.1",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "2130706433",
    "127.0.0.256",
    "1.2.3",
    ":::",
    "1::2::3",
    "fe80::1%lo",
    "",
  ])('"%s" is none', (text) => expect(parseAddress(text)).toBeUndefined());

  it("in IPv6 dress is the IPv4 address that it is", () => {
    expect(parseAddress("::ffff:127.0.0.2")).toEqual(parseAddress("127.0.0.2"));
    expect(parseRange("::ffff:7f00:0/104")).toEqual(parseRange("127.0.0.0/8"));
  });

  it("with bits beyond its prefix is refused, because it may mean one address or a whole range", () => {
    expect(parseRange("10.0.0.1/8")).toBeUndefined();
  });
});
