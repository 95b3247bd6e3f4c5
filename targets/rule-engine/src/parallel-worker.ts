/** A thread of `parallel.ts`: has the rules, is given partitions, answers with the rows that fire. */
import { parentPort, workerData } from "node:worker_threads";
import { Session } from "./match/session.ts";
import type { PartitionAnswer, PartitionTask } from "./parallel.ts";
import type { Rule } from "./rule.ts";
import { ArenaFactStore } from "./stores/arena.ts";
import { Strings } from "./values.ts";

const rules = workerData as readonly Rule[];
let strings = new Strings();

parentPort?.on("message", (task: PartitionTask) => {
  // A new evaluation numbers its strings anew, behind those of the rules.
  if (strings.size > task.firstString) strings = new Strings();
  const store = new ArenaFactStore({ onlyKnown: true }, strings);
  const session = new Session(rules, store, true);
  for (const text of task.strings) strings.intern(text);
  for (const { name, kinds, payloads } of task.columns) store.column(name).borrow(kinds, payloads);
  store.useRows(task.rowCount);
  const outcome = session.evaluate(0);
  if (!("segments" in outcome)) throw new Error("rules that chain were given to a partition");
  const places = new Map(session.rules.map((rule, place) => [rule, place]));
  const answer: PartitionAnswer = {
    task: task.task,
    segments: outcome.segments.map(({ rule, entries }) => ({
      rule: places.get(rule) ?? -1,
      rows: entries.slice(),
    })),
  };
  parentPort?.postMessage(answer);
});
