/** Internet addresses and ranges of them as numbers; pure. An IPv4 address in IPv6 dress (::ffff:10.0.0.1) is IPv4. */

export interface Range {
  readonly version: 4 | 6;
  /** First address. */
  readonly first: bigint;
  /** Leading bits that all of its addresses share. */
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;
/** ::ffff:0:0/96 */
const MAPPED = { first: 0xffff_0000_0000n, prefix: 96 };

export const LOOPBACK: readonly Range[] = [
  { version: 4, first: 0x7f00_0000n, prefix: 8 },
  { version: 6, first: 1n, prefix: 128 },
];

/** "10.0.0.1", "10.0.0.0/8", "2001:db8::/32"; undefined for anything else, also for bits set beyond the prefix. */
export function parseRange(text: string): Range | undefined {
  const [, host = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const value = host.includes(":") ? parseIpv6(host) : parseIpv4(host);
  if (value === undefined) return undefined;
  const version = host.includes(":") ? 6 : 4;
  const prefix = length === undefined ? BITS[version] : Number(length);
  if (prefix > BITS[version]) return undefined;
  const range = { version, first: value, prefix } as const;
  if (value !== network(range)) return undefined;
  if (version === 6 && prefix >= MAPPED.prefix && value >> 32n === MAPPED.first >> 32n) {
    return { version: 4, first: value & 0xffff_ffffn, prefix: prefix - MAPPED.prefix };
  }
  return range;
}

/** One address; undefined where the text is none. */
export function parseAddress(text: string): Range | undefined {
  return text.includes("/") ? undefined : parseRange(text);
}

/** Is every address of `inner` in one of these? */
export function covers(ranges: readonly Range[], inner: Range): boolean {
  return ranges.some(
    (outer) =>
      outer.version === inner.version &&
      outer.prefix <= inner.prefix &&
      network({ ...inner, prefix: outer.prefix }) === outer.first,
  );
}

/**
 * Every address that is in none of these ranges, as the fewest ranges that do not overlap: at most 32 for each IPv4 and
 * 128 for each IPv6 range given, and one more of each version. IPv6 leaves out ::ffff:0:0/96, which means IPv4.
 */
export function complement(ranges: readonly Range[]): readonly Range[] {
  return [
    ...without({ version: 4, first: 0n, prefix: 0 }, ranges),
    ...without({ version: 6, first: 0n, prefix: 0 }, [...ranges, { version: 6, ...MAPPED }]).filter(
      (range) => !covers([{ version: 6, ...MAPPED }], range),
    ),
  ];
}

function without(whole: Range, taken: readonly Range[]): readonly Range[] {
  if (covers(taken, whole)) return [];
  const inside = taken.filter((range) => covers([whole], range));
  if (inside.length === 0) return [whole];
  const prefix = whole.prefix + 1;
  const second = whole.first | (1n << BigInt(BITS[whole.version] - prefix));
  return [...without({ ...whole, prefix }, inside), ...without({ ...whole, first: second, prefix }, inside)];
}

function network({ version, first, prefix }: Range): bigint {
  const rest = BigInt(BITS[version] - prefix);
  return (first >> rest) << rest;
}

/** "127.0.0.0/8"; IPv6 in full, without `::`. */
export function rangeText(range: Range): string {
  return `${addressText(range)}/${range.prefix}`;
}

/** The first address of a range: "127.0.0.1", "0:0:0:0:0:0:0:1". */
export function addressText({ version, first }: Range): string {
  return version === 4 ? words(first, 4, 8n, 10).join(".") : words(first, 8, 16n, 16).join(":");
}

function words(value: bigint, count: number, width: bigint, base: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    ((value >> (width * BigInt(count - 1 - index))) & ((1n << width) - 1n)).toString(base),
  );
}

/** Four decimal numbers and nothing else: other forms (octal, hexadecimal, short) mean unlike things to unlike programs. */
function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const last = parseIpv4(dotted[2] ?? "");
    if (last === undefined) return undefined;
    return parseIpv6(`${dotted[1]}${(last >> 16n).toString(16)}:${(last & 0xffffn).toString(16)}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const gap = 8 - head.length - tail.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined;
  const words = [...head, ...Array.from({ length: gap }, () => "0"), ...tail];
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return words.reduce((sum, word) => (sum << 16n) | BigInt(`0x${word}`), 0n);
}
