/**
 * Is head asked first in the pair of this iteration? Drawn for two iterations at a time, of which one has the one order and
 * one the other: whichever side is asked second finds the machine awake, so that an order that is merely random would
 * leave one side a few more of the better places, another side in every start.
 */
export function headFirst(iteration: number, isTurned: (block: number) => boolean): boolean {
  return isTurned(Math.floor(iteration / 2)) !== (iteration % 2 === 1);
}
