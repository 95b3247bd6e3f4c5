import type { Fact, Scalar } from "../../targets/rule-engine/src/rule.ts";
import type { Workload } from "../../targets/rule-engine/src/workloads.ts";

/** What one would write for this one question: a map per side, one loop, results of the same content. */
export function joinByHand({ facts }: Workload): { results: number; ids: number } {
  const customers = new Map<Scalar, Fact>();
  const products = new Map<Scalar, Fact>();
  const blocked = new Set<Scalar>();
  const orders: Fact[] = [];
  for (const fact of facts) {
    const fields = fact.fields;
    if (fields["type"] === "customer") customers.set(fields["customer_id"] as Scalar, fact);
    else if (fields["type"] === "product") products.set(fields["product_id"] as Scalar, fact);
    else if (fields["type"] === "block") blocked.add(fields["blocked_id"] as Scalar);
    else orders.push(fact);
  }
  const found: { ruleId: number; factId: number; factIds: number[]; effects: { set: string; to: boolean }[] }[] = [];
  for (const order of orders) {
    const customer = customers.get(order.fields["customer"] as Scalar);
    if (customer === undefined || blocked.has(customer.fields["customer_id"] as Scalar)) continue;
    const product = products.get(order.fields["product"] as Scalar);
    if (product === undefined) continue;
    const effects = [{ set: "deliverable", to: true }];
    found.push({ ruleId: 1, factId: order.id, factIds: [order.id, customer.id, product.id], effects });
  }
  let ids = 0;
  for (const { factId, effects } of found) {
    ids += factId;
    for (const effect of effects) if (effect.to !== true) throw new Error("a field is not set");
  }
  return { results: found.length, ids };
}
