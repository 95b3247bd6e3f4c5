/**
 * Facts come, match, and go again. Every operation asserts that no token is left, and that memory is back within 10 %
 * of what it was; and that a fact among many is not held in more bytes than one among few.
 */
import type { Benches } from "../harness/micro/bench.ts";
import { createEngine, type Engine } from "../targets/rule-engine/src/engine.ts";
import { enterprise, joins, type Workload } from "../targets/rule-engine/src/workloads.ts";
import { expectResults, lazy } from "./lib/answers.ts";

const FEW = 10_000;
const MANY = 100_000;
const SLACK = 1.1;

export default function benches(): Benches {
  const bytesOfFew = lazy(() => {
    // Code and feedback of the same work are there before the first look, so that only facts make the difference.
    cycle(() => enterprise(FEW));
    return cycle(() => enterprise(FEW)) / FEW;
  });
  return {
    facts: {
      single: true,
      items: MANY,
      run: () => {
        const few = bytesOfFew();
        const many = cycle(() => enterprise(MANY)) / MANY;
        if (many > few) throw new Error(`${many} bytes for each of ${MANY} facts, ${few} for each of ${FEW}`);
        return many;
      },
    },
    joined: { single: true, run: () => cycle(() => joins({ orders: 5000, customers: 500, products: 50 })) },
  };
}

/** Bytes that facts and matches were held in. @throws Error when something stays */
function cycle(make: () => Workload): number {
  const engine = createEngine(make().rules);
  const before = heapBytes();
  const held = fillAndEmpty(engine, make);
  const after = heapBytes();
  const { liveTokens, factCount } = engine.stats();
  if (liveTokens !== 0 || factCount !== 0) throw new Error(`${liveTokens} tokens of ${factCount} facts are left`);
  if (after > before * SLACK) throw new Error(`${after} bytes after all facts have gone, ${before} before`);
  return held - before;
}

/** Makes its facts itself: the caller's frame would hold them while the memory is looked at. */
function fillAndEmpty(engine: Engine, make: () => Workload): number {
  const workload = make();
  engine.addAll(workload.facts);
  expectResults(workload, engine.evaluate().results.length);
  const held = heapBytes();
  for (const { id } of workload.facts) engine.retract(id);
  return held;
}

function heapBytes(): number {
  // Array buffers are freed by the collection after the one that finds them dead.
  for (let i = 0; i < 2; i += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
