/**
 * A random number in [0, 1) for one decision of a comparison; the same for the same seed and place.
 * splitmix32's mixing (the finaliser of MurmurHash3, 32 bit) over seed and place.
 */
export function drawn(seed: number, ...place: readonly number[]): number {
  let state = mixed(seed | 0);
  for (const part of place) state = mixed((state ^ Math.imul(part + 1, 0x9e3779b9)) | 0);
  return (state >>> 0) / 2 ** 32;
}

function mixed(value: number): number {
  let state = value;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return state ^ (state >>> 16);
}
