/**
 * Rules about one fact, evaluated by worker threads. The main thread writes the facts' fields into shared memory, one
 * partition after the other; a worker looks at a partition while the next is being written. Rules that join, or that
 * read what others set, need all facts in one place: those belong into one engine.
 */
import { Worker } from "node:worker_threads";
import { Firing } from "./engine.ts";
import { RuleError } from "./match/rule-error.ts";
import { Session } from "./match/session.ts";
import type { Fact, Rule } from "./rule.ts";
import { ArenaFactStore } from "./stores/arena.ts";

/** What a worker needs of one partition; pages are in shared memory. */
export interface PartitionTask {
  /** Never the same twice in one engine. */
  readonly task: number;
  readonly rowCount: number;
  /** Strings that the partition added to the table, from `firstString` on. */
  readonly firstString: number;
  readonly strings: readonly string[];
  readonly columns: readonly {
    readonly name: string;
    readonly kinds: readonly (Uint8Array | undefined)[];
    readonly payloads: readonly (Float64Array | undefined)[];
  }[];
}

/** Rows by rule, in the order of firing; rules without rows are left out. */
export interface PartitionAnswer {
  readonly task: number;
  readonly segments: readonly { readonly rule: number; readonly rows: Int32Array }[];
}

export interface ParallelOptions {
  /** Threads, at least 1. */
  readonly workers: number;
  /** Default: four for each worker, so that none waits for long. */
  readonly partitions?: number;
}

/** Threads that have compiled the rules and wait for facts. End it, or the process stays alive. */
export class ParallelEngine implements AsyncDisposable {
  readonly #rules: readonly Rule[];
  readonly #workers: Worker[];
  readonly #partitions: number;
  #isBusy = false;
  #tasks = 0;

  /** @throws RuleError for rules that cannot be run, or that need all facts in one place */
  constructor(rules: readonly Rule[], { workers, partitions = workers * 4 }: ParallelOptions) {
    if (!Number.isSafeInteger(workers) || workers < 1) throw new RangeError("workers must be an integer from 1");
    if (!Number.isSafeInteger(partitions) || partitions < 1)
      throw new RangeError("partitions must be an integer from 1");
    const session = new Session(rules, new ArenaFactStore({ onlyKnown: true }), true);
    const alone = session.rules.find(({ one, actions }) => one === undefined || actions.constant === undefined);
    if (alone !== undefined || !session.isStatic) {
      const name = alone === undefined ? "" : ` (${JSON.stringify(alone.rule.name)})`;
      throw new RuleError(
        `only rules about one fact, with constant values, that read nothing which rules set can be partitioned${name}`,
      );
    }
    this.#rules = rules;
    this.#partitions = partitions;
    this.#workers = Array.from(
      { length: workers },
      () => new Worker(new URL("parallel-worker.ts", import.meta.url), { workerData: rules }),
    );
  }

  /**
   * The firings of all facts, in the order in which one engine would fire them.
   * @throws FactError for a bad id or value; Error while an evaluation is running, or when a worker fails
   */
  async evaluate(facts: readonly Fact[]): Promise<{ readonly length: number } & Iterable<Firing>> {
    if (this.#isBusy) throw new Error("an evaluation is running: await it first, or use another engine");
    this.#isBusy = true;
    const answers: Promise<PartitionAnswer>[] = [];
    try {
      return await this.#run(facts, answers);
    } finally {
      // After a refused fact some workers still work on what came before it.
      await Promise.allSettled(answers);
      this.#isBusy = false;
    }
  }

  async #run(
    facts: readonly Fact[],
    answers: Promise<PartitionAnswer>[],
  ): Promise<{ readonly length: number } & Iterable<Firing>> {
    const ordered = isAscending(facts) ? facts : [...facts].sort((a, b) => a.id - b.id);
    // Compiling the rules first gives their strings the numbers that the workers know them by.
    const template = new ArenaFactStore({ onlyKnown: true, shared: true });
    const { rules } = new Session(this.#rules, template, true);
    const size = Math.max(1, Math.ceil(ordered.length / this.#partitions));
    const stores: ArenaFactStore[] = [];
    const sent = this.#workers.map(() => template.strings.size);
    let largest = -1;
    for (let first = 0; first < ordered.length; first += size) {
      const store = new ArenaFactStore({ onlyKnown: true, shared: true, capacity: size }, template.strings);
      for (const name of template.columns.keys()) store.column(name);
      const part = ordered.slice(first, first + size);
      // Partitions follow one another in the order of ids, so that equal ids of two would be neighbours.
      if ((part[0] as Fact).id === largest) store.add({ id: largest, fields: {} });
      store.addAll(part);
      largest = store.largestId;
      const place = stores.push(store) - 1;
      const worker = place % this.#workers.length;
      answers.push(this.#send(worker, taskOf(store, this.#tasks, sent[worker] as number)));
      this.#tasks += 1;
      sent[worker] = template.strings.size;
      // Lets the answers of finished workers in.
      await Promise.race([answers[place], new Promise((resolve) => setImmediate(resolve))]);
    }
    const done = await Promise.all(answers);
    const order = [...rules].sort((a, b) => a.rank - b.rank);
    const places = new Map(rules.map((rule, place) => [rule, place]));
    const inOrder = order.map((rule) => ({
      rule,
      parts: done.map(({ segments }) => segments.find((segment) => segment.rule === places.get(rule))?.rows),
    }));
    const length = done.reduce((sum, { segments }) => sum + segments.reduce((n, { rows }) => n + rows.length, 0), 0);
    return {
      length,
      *[Symbol.iterator]() {
        for (const { rule, parts } of inOrder) {
          for (const [place, rows] of parts.entries()) {
            const ids = (stores[place] as ArenaFactStore).idsByRow;
            for (const row of rows ?? []) yield new Firing(rule.rule.id, ids[row], rule.actions.constant ?? []);
          }
        }
      },
    };
  }

  #send(place: number, task: PartitionTask): Promise<PartitionAnswer> {
    const worker = this.#workers[place] as Worker;
    const { promise, resolve, reject } = Promise.withResolvers<PartitionAnswer>();
    const settle = () => {
      worker.off("message", onMessage);
      worker.off("error", onError);
    };
    const onMessage = (answer: PartitionAnswer) => {
      if (answer.task !== task.task) return;
      settle();
      resolve(answer);
    };
    const onError = (error: unknown) => {
      settle();
      reject(error);
    };
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.postMessage(task);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function taskOf(store: ArenaFactStore, task: number, firstString: number): PartitionTask {
  return {
    task,
    rowCount: store.rowCount,
    firstString,
    strings: store.strings.since(firstString),
    columns: [...store.columns.values()].map(({ name, kinds, payloads }) => ({ name, kinds, payloads })),
  };
}

function isAscending(facts: readonly Fact[]): boolean {
  for (let i = 1; i < facts.length; i += 1) if ((facts[i] as Fact).id <= (facts[i - 1] as Fact).id) return false;
  return true;
}
