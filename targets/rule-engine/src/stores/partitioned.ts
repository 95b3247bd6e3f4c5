/**
 * Facts spread over several stores, for sets that would be too large for one, or that several threads work on: the
 * partitions of an arena with `shared` pages can be read by worker threads.
 */
import type { Fact, Scalar } from "../rule.ts";
import { ArenaFactStore } from "./arena.ts";
import { type Changes, checkId, type FactStore } from "./store.ts";

/** Gives the partition of an id, from 0 to `partitions` − 1; always the same for one id. */
export type PartitionStrategy = (id: number, partitions: number) => number;

/** Neighbouring ids go to different partitions: equal loads, whatever the range of ids. */
export const byRemainder: PartitionStrategy = (id, partitions) => id % partitions;

/** Ids in runs of this length stay together, so that a partition holds whole ranges. */
export function byRange(length: number): PartitionStrategy {
  return (id, partitions) => Math.floor(id / length) % partitions;
}

export interface PartitionedOptions {
  readonly partitions: number;
  /** Default: by remainder. */
  readonly strategy?: PartitionStrategy;
  /** Makes the stores of the partitions. Default: arenas. */
  readonly store?: (partition: number) => FactStore;
}

export class PartitionedFactStore implements FactStore {
  readonly partitions: readonly FactStore[];
  readonly #strategy: PartitionStrategy;

  /** @throws RangeError for a number of partitions that is no positive integer */
  constructor({ partitions, strategy = byRemainder, store = () => new ArenaFactStore() }: PartitionedOptions) {
    if (!Number.isSafeInteger(partitions) || partitions < 1)
      throw new RangeError("partitions must be an integer from 1");
    this.partitions = Array.from({ length: partitions }, (_, partition) => store(partition));
    this.#strategy = strategy;
  }

  get size(): number {
    return this.partitions.reduce((sum, { size }) => sum + size, 0);
  }

  get memoryBytes(): number {
    return this.partitions.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  }

  #of(id: number): FactStore {
    const partition = this.#strategy(id, this.partitions.length);
    const store = this.partitions[partition];
    if (store === undefined) throw new RangeError(`the strategy gives partition ${partition} for the fact ${id}`);
    return store;
  }

  add(fact: Fact): void {
    this.#of(checkId(fact.id)).add(fact);
  }

  addAll(facts: readonly Fact[]): void {
    const parts = this.partitions.map((): Fact[] => []);
    const places = new Map(this.partitions.map((store, place) => [store, place]));
    for (const fact of facts) parts[places.get(this.#of(checkId(fact.id))) ?? 0]?.push(fact);
    for (const [place, store] of this.partitions.entries()) store.addAll(parts[place] ?? []);
  }

  has(id: number): boolean {
    return this.#of(id).has(id);
  }

  get(id: number): Fact | undefined {
    return this.#of(id).get(id);
  }

  value(id: number, field: string): Scalar | undefined {
    return this.#of(id).value(id, field);
  }

  update(id: number, changes: Changes): void {
    this.#of(id).update(id, changes);
  }

  retract(id: number): boolean {
    return this.#of(id).retract(id);
  }

  ids(): Float64Array {
    const ids = new Float64Array(this.size);
    let place = 0;
    for (const store of this.partitions) {
      const own = store.ids();
      ids.set(own, place);
      place += own.length;
    }
    return ids.sort();
  }
}
