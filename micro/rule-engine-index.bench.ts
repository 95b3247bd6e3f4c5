/** From a fact's id to its row, in an order that no cache foresees: the arena's index, and a map of the same content. */
import type { Benches } from "../harness/micro/bench.ts";
import { IdIndex } from "../targets/rule-engine/src/stores/id-index.ts";

const FACTS = 1_000_000;
const LOOK_UPS = 1000;

export default function benches(): Benches {
  const direct = new IdIndex(FACTS);
  const map = new Map<number, number>();
  for (let id = 0; id < FACTS; id += 1) {
    direct.set(id, id, FACTS);
    map.set(id, id);
  }
  const wanted = Int32Array.from({ length: FACTS }, (_, i) => (i * 7919) % FACTS);
  const from = { lookDirect: 0, lookMap: 0 };
  // Written twice: one loop for both would be slowed down by knowing two kinds of index.
  const lookDirect = () => {
    let sum = 0;
    for (let i = from.lookDirect; i < from.lookDirect + LOOK_UPS; i += 1)
      sum += direct.get(wanted[i] as number) - (wanted[i] as number);
    from.lookDirect = (from.lookDirect + LOOK_UPS) % FACTS;
    if (sum !== 0) throw new Error("a row is not where it was put");
    return sum;
  };
  const lookMap = () => {
    let sum = 0;
    for (let i = from.lookMap; i < from.lookMap + LOOK_UPS; i += 1)
      sum += (map.get(wanted[i] as number) ?? -1) - (wanted[i] as number);
    from.lookMap = (from.lookMap + LOOK_UPS) % FACTS;
    if (sum !== 0) throw new Error("a row is not where it was put");
    return sum;
  };
  return { direct: { run: lookDirect, items: LOOK_UPS }, map: { run: lookMap, items: LOOK_UPS } };
}
