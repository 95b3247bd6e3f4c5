/** 20,000 facts and more and more rules, no two of which ask the same. */
import type { Bench } from "../harness/micro/bench.ts";
import type { Rule } from "../targets/rule-engine/src/rule.ts";
import type { Workload } from "../targets/rule-engine/src/workloads.ts";
import { evaluation } from "./lib/answers.ts";

const FACTS = 20_000;
const KINDS = 100;
/** Facts of one kind that meet a rule: the same for every rule, so that results grow as rules do. */
const MET = 2;

export function sweep(rules: number): Bench {
  return evaluation(() => workload(rules), FACTS);
}

/** Each rule asks for one kind of facts, and for amounts between two limits of its own. */
function workload(count: number): Workload {
  const facts = Array.from({ length: FACTS }, (_, id) => ({
    id,
    fields: { kind: `kind_${id % KINDS}`, amount: Math.floor(id / KINDS) },
  }));
  const rules = Array.from({ length: count }, (_, id): Rule => {
    const low = Math.floor(id / KINDS) % (FACTS / KINDS - MET);
    return {
      id,
      name: `rule ${id}`,
      when: {
        all: [
          { field: "kind", operator: "=", value: `kind_${id % KINDS}` },
          { field: "amount", operator: "between", value: [low, low + MET - 1] },
        ],
      },
      then: [{ set: `result_${id}`, to: { value: id } }],
    };
  });
  return { name: `${count} rules`, rules, facts, results: count * MET };
}
