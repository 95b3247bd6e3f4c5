const BLOCKS = [..."▁▂▃▄▅▆▇█"];

/** Noise blown up to the full height would look like news: the height is a tenth of the largest value at least. */
const LEAST_SPAN = 0.1;

/** One block for each value, between the smallest and the largest. */
export function sparkline(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(most - least, Math.abs(most) * LEAST_SPAN);
  const floor = (most + least - span) / 2;
  return values
    .map((value) => {
      const level = span === 0 ? 0 : Math.floor(((value - floor) / span) * BLOCKS.length);
      return BLOCKS[Math.min(BLOCKS.length - 1, Math.max(0, level))];
    })
    .join("");
}
