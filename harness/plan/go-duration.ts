const UNITS: Readonly<Record<string, number>> = {
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};

/** Seconds of a duration as k6 prints it: "1m30.5s"; undefined for anything else. */
export function goSeconds(text: unknown): number | undefined {
  if (typeof text !== "string" || !/^(\d+(\.\d+)?(d|h|ms|m|s|us|µs|ns))+$/.test(text)) {
    return undefined;
  }
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(d|h|ms|m|s|us|µs|ns)/g)) {
    seconds += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  }
  return seconds;
}
