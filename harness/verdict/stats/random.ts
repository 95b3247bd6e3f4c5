/** Uniform in [0, 1). Given to every procedure that draws, so that the same seed gives the same verdict. */
export type Random = () => number;

/** mulberry32: a sequence that is the same everywhere, from 32 bits of seed. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A standard normal number. Box and Muller, Annals of Mathematical Statistics 29 (1958). */
export function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The values in a random order: Fisher and Yates. */
export function shuffled<Value>(values: readonly Value[], random: Random): Value[] {
  const order = [...values];
  for (let left = order.length - 1; left > 0; left -= 1) {
    const at = Math.floor(random() * (left + 1));
    [order[left], order[at]] = [order[at] as Value, order[left] as Value];
  }
  return order;
}
