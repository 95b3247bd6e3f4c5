import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fact, Scalar } from "../src/rule.ts";
import { ArenaFactStore } from "../src/stores/arena.ts";
import { CachedFactStore } from "../src/stores/cached.ts";
import { IndexedFactStore } from "../src/stores/indexed.ts";
import { byRange, PartitionedFactStore } from "../src/stores/partitioned.ts";
import { FactError, type FactStore } from "../src/stores/store.ts";

const stores: [string, () => FactStore][] = [
  ["arena", () => new ArenaFactStore()],
  ["arena with room for facts", () => new ArenaFactStore({ capacity: 1000 })],
  ["arena in shared memory", () => new ArenaFactStore({ shared: true })],
  ["cached", () => new CachedFactStore({ cacheSize: 2 })],
  ["partitioned by remainder", () => new PartitionedFactStore({ partitions: 3 })],
  ["partitioned by range", () => new PartitionedFactStore({ partitions: 2, strategy: byRange(10) })],
  ["indexed", () => new IndexedFactStore({ fields: ["a", "b"] })],
];

const everyKind = {
  text: "é\u{1F600}",
  empty: "",
  integer: 7,
  float: 0.1,
  negativeZero: -0,
  nan: Number.NaN,
  infinity: Number.NEGATIVE_INFINITY,
  yes: true,
  no: false,
  nothing: null,
  when: new Date("2026-01-31T00:00:00Z"),
} satisfies Record<string, Scalar>;

describe.each(stores)("a fact store: %s", (_, make) => {
  it("gives back every kind of value as it was", () => {
    const store = make();
    store.add({ id: 3, fields: everyKind });
    expect(store.get(3)).toEqual({ id: 3, fields: everyKind });
    expect(store.value(3, "negativeZero")).toBe(-0);
    expect(store.value(3, "missing")).toBeUndefined();
  });

  it("changes, adds and takes away single fields", () => {
    const store = make();
    store.addAll([
      { id: 0, fields: { a: 1, b: "x" } },
      { id: 1, fields: { a: 2 } },
    ]);
    store.get(0);
    store.update(0, { a: "one", b: undefined, c: null });
    expect(store.get(0)).toEqual({ id: 0, fields: { a: "one", c: null } });
    expect(store.get(1)).toEqual({ id: 1, fields: { a: 2 } });
  });

  it("finds ids far apart, and gives them in order", () => {
    const store = make();
    const ids = [5, 2 ** 31, 0, Number.MAX_SAFE_INTEGER, 2 ** 32];
    for (const id of ids) store.add({ id, fields: { a: id } });
    expect([...store.ids()]).toEqual([...ids].sort((a, b) => a - b));
    for (const id of ids) expect(store.get(id)?.fields["a"]).toBe(id);
    expect(store.has(6)).toBe(false);
  });

  it("forgets what was retracted, and takes the id again", () => {
    const store = make();
    store.addAll([
      { id: 0, fields: { a: 1 } },
      { id: 1, fields: { b: 1 } },
    ]);
    store.get(0);
    expect(store.retract(0)).toBe(true);
    expect(store.retract(0)).toBe(false);
    expect(store.get(0)).toBeUndefined();
    expect(store.size).toBe(1);
    store.add({ id: 0, fields: { c: 2 } });
    expect(store.get(0)).toEqual({ id: 0, fields: { c: 2 } });
  });

  it.each<[string, unknown, RegExp]>([
    ["a present id", { id: 1, fields: {} }, /there is a fact with the id 1 already/],
    ["a negative id", { id: -1, fields: {} }, /the id of a fact is -1/],
    ["half an id", { id: 0.5, fields: {} }, /the id of a fact is 0.5/],
    ["no id", { fields: {} }, /the id of a fact is undefined/],
    ["an object as a value", { id: 2, fields: { a: {} } }, /fact 2, field "a": an object is no value/],
    ["a function as a value", { id: 2, fields: { a: () => 1 } }, /fact 2, field "a": a function is no value/],
  ])("refuses %s, alone and in a batch", (_name, fact, message) => {
    const store = make();
    store.add({ id: 1, fields: { a: 1 } });
    expect(() => store.add(fact as Fact)).toThrow(message);
    expect(() => store.add(fact as Fact)).toThrow(FactError);
    expect(() => store.addAll([fact as Fact])).toThrow(FactError);
    expect([...store.ids()]).toEqual([1]);
    expect(() => store.update(9, { a: 1 })).toThrow(/no fact with the id 9/);
  });

  it("takes any name as a plain field", () => {
    const store = make();
    const fields = Object.fromEntries([
      ["__proto__", 1],
      ["constructor", "c"],
      ["toString", true],
    ]);
    store.add({ id: 0, fields });
    store.addAll([{ id: 1, fields: {} }]);
    expect(Object.entries(store.get(0)?.fields ?? {}).sort()).toEqual(Object.entries(fields).sort());
    expect(store.value(1, "constructor")).toBeUndefined();
    expect(({} as Record<string, unknown>)["1"]).toBeUndefined();
  });

  it("does what a map of objects would do, whatever the changes", () => {
    const scalar = fc.constantFrom<Scalar>(0, 1, -0, Number.NaN, "x", "", true, null, new Date(5));
    const fields = fc.dictionary(fc.constantFrom("a", "b", "c", "type"), scalar, { noNullPrototype: true });
    const id = fc.nat(12);
    const step = fc.oneof(
      fc.record({ kind: fc.constant("add" as const), id, fields }),
      fc.record({ kind: fc.constant("addAll" as const), id, fields }),
      fc.record({ kind: fc.constant("update" as const), id, fields }),
      fc.record({ kind: fc.constant("retract" as const), id }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = make();
        const model = new Map<number, Record<string, Scalar>>();
        for (const change of steps) {
          if (change.kind === "retract") expect(store.retract(change.id)).toBe(model.delete(change.id));
          else if (change.kind === "update") {
            if (!model.has(change.id)) continue;
            store.update(change.id, change.fields);
            model.set(change.id, { ...model.get(change.id), ...change.fields });
          } else if (!model.has(change.id)) {
            const fact = { id: change.id, fields: change.fields };
            if (change.kind === "add") store.add(fact);
            else store.addAll([fact]);
            model.set(change.id, { ...change.fields });
          }
          expect(store.get(change.id)?.fields).toEqual(model.get(change.id));
        }
        expect([...store.ids()]).toEqual([...model.keys()].sort((a, b) => a - b));
        expect(store.size).toBe(model.size);
        if (store instanceof IndexedFactStore) {
          const zeros = [...model].filter(([, own]) => own["a"] === 0).map(([key]) => key);
          expect(store.with("a", 0)).toEqual(zeros.sort((a, b) => a - b));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("gives memory back when the last fact goes", () => {
    const store = make();
    const empty = store.memoryBytes;
    const facts = Array.from({ length: 20_000 }, (_value, id) => ({ id, fields: { a: id, b: `text ${id}` } }));
    store.addAll(facts);
    expect(store.memoryBytes).toBeGreaterThan(empty + 20_000 * 18);
    for (const { id } of facts) store.retract(id);
    expect(store.memoryBytes).toBeLessThan(Math.max(empty * 1.1, 1000));
  });
});

describe("the cached store", () => {
  it("counts hits and misses, and keeps what was used last", () => {
    const store = new CachedFactStore({ cacheSize: 2 });
    store.addAll([0, 1, 2].map((id) => ({ id, fields: { a: id } })));
    for (const id of [0, 1, 0, 2, 0, 1]) store.get(id);
    // 0 and 1 are read, 0 is found, 2 puts 1 out, 0 is found, 1 is read again.
    expect({ hits: store.hits, misses: store.misses }).toEqual({ hits: 2, misses: 4 });
  });
});

describe("the indexed store", () => {
  it("finds facts by type, by field and along a join", () => {
    const store = new IndexedFactStore({ fields: ["name"] });
    store.addAll([
      { id: 4, fields: { type: "team", name: "red" } },
      { id: 2, fields: { type: "player", team: "red" } },
      { id: 3, fields: { type: "player", team: "blue" } },
    ]);
    expect(store.ofType("player")).toEqual([2, 3]);
    expect(store.joined(2, "team", "name")).toEqual([4]);
    expect(store.joined(3, "team", "name")).toEqual([]);
    store.update(4, { name: "blue" });
    expect(store.joined(3, "team", "name")).toEqual([4]);
    store.retract(4);
    expect(store.with("name", "blue")).toEqual([]);
    expect(() => store.with("team", "red")).toThrow(/no index of the field "team"/);
  });
});
