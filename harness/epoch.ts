/** Epoch milliseconds of an ISO 8601 text. Throws RangeError when it is none. */
export function epochOf(iso: string): number {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) throw new RangeError(`"${iso}" is no time`);
  return time;
}
