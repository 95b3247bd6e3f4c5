/** The four fact stores side by side: the same operations on the same 100,000 facts. */
import type { Benches } from "../harness/micro/bench.ts";
import type { Fact } from "../targets/rule-engine/src/rule.ts";
import { ArenaFactStore } from "../targets/rule-engine/src/stores/arena.ts";
import { CachedFactStore } from "../targets/rule-engine/src/stores/cached.ts";
import { IndexedFactStore } from "../targets/rule-engine/src/stores/indexed.ts";
import { PartitionedFactStore } from "../targets/rule-engine/src/stores/partitioned.ts";
import type { FactStore } from "../targets/rule-engine/src/stores/store.ts";
import { lazy } from "./lib/answers.ts";

const FACTS = 100_000;
/** Asked for again and again: as many as the cache holds. */
const OFTEN = 1000;
const TYPES = 1000;

const stores = {
  arena: () => new ArenaFactStore(),
  cached: () => new CachedFactStore({ cacheSize: OFTEN }),
  partitioned: () => new PartitionedFactStore({ partitions: 4 }),
  indexed: () => new IndexedFactStore({ fields: ["region"] }),
} satisfies Record<string, () => FactStore>;

export default function benches(): Benches {
  const facts = lazy(() => Array.from({ length: FACTS }, (_, id) => factOf(id)));
  const filled = <Store extends FactStore>(make: () => Store) =>
    lazy(() => {
      const store = make();
      store.addAll(facts());
      return store;
    });
  const arena = filled(stores.arena);
  const indexed = filled(stores.indexed);
  return {
    ...Object.assign(
      {},
      ...Object.entries(stores).map(([name, make]) => operations(name, make, filled<FactStore>(make), facts)),
    ),
    // What the index is for: all facts of one type, and the same without it.
    "indexed-find": () => expectLength(indexed().ofType("type_7"), FACTS / TYPES),
    "arena-find": () => {
      const found: number[] = [];
      for (const id of arena().ids()) if (arena().value(id, "type") === "type_7") found.push(id);
      return expectLength(found, FACTS / TYPES);
    },
  };
}

function operations(
  name: string,
  make: () => FactStore,
  filled: () => FactStore,
  facts: () => readonly Fact[],
): Benches {
  // Each operation has a place of its own in the facts, in an order that no cache of the processor foresees.
  const places = { get: 0, often: 0, value: 0, update: 0, replace: 0 };
  const next = (operation: keyof typeof places, among: number) => {
    places[operation] = (places[operation] + 7919) % among;
    return places[operation];
  };
  return {
    [`${name}-add`]: {
      items: FACTS,
      single: true,
      run: () => {
        const store = make();
        store.addAll(facts());
        if (store.size !== FACTS) throw new Error(`${store.size} facts`);
        return store;
      },
    },
    [`${name}-get`]: () => present(filled().get(next("get", FACTS))),
    [`${name}-get-often`]: () => present(filled().get(next("often", OFTEN))),
    [`${name}-value`]: () => present(filled().value(next("value", FACTS), "hours")),
    [`${name}-update`]: () => {
      const id = next("update", FACTS);
      filled().update(id, { region: `region_${id % 50}` });
      return id;
    },
    [`${name}-replace`]: () => {
      const id = next("replace", FACTS);
      if (!filled().retract(id)) throw new Error(`no fact ${id}`);
      filled().add(facts()[id] as Fact);
      return id;
    },
  };
}

function factOf(id: number): Fact {
  return {
    id,
    fields: { type: `type_${id % TYPES}`, region: `region_${id % 50}`, hours: id % 24, active: id % 3 === 0 },
  };
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a fact that was added is not there");
  return value;
}

function expectLength(ids: readonly number[], length: number): readonly number[] {
  if (ids.length !== length) throw new Error(`${ids.length} facts for ${length}`);
  return ids;
}
