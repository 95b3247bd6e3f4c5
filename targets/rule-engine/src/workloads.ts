/**
 * Facts and rules that are measured: three sets of the Rust original, so that both can be compared, and one of joins.
 * Everything follows from the counter, so that the number of results is known.
 */
import type { Fact, Rule, Scalar, Test } from "./rule.ts";

export interface Workload {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly facts: readonly Fact[];
  /** How many firings there must be. */
  readonly results: number;
}

/** One rule, which every fourth fact meets. `every` is 3 in the original's set of 100,000. */
export function simple(count: number, every = 4): Workload {
  return {
    name: "simple",
    rules: [
      oneFact(
        1,
        "active entities are processed",
        { field: "status", operator: "=", value: "active" },
        "processed",
        true,
      ),
    ],
    facts: factsOf(count, (i) => ({
      entity_id: i,
      status: i % every === 0 ? "active" : "inactive",
      region: `region_${i % 50}`,
    })),
    results: Math.ceil(count / every),
  };
}

/** Four rules about hours of work, one of which every fact meets. */
export function payroll(count: number): Workload {
  return {
    name: "payroll",
    rules: [
      oneFact(1, "regular pay", { field: "shift_type", operator: "=", value: "regular" }, "base_pay", true),
      oneFact(2, "overtime", { field: "hours", operator: ">", value: 8.0 }, "overtime", true),
      oneFact(3, "weekend", { field: "day_of_week", operator: "=", value: "weekend" }, "weekend_rate", 1.5),
      oneFact(4, "night shift", { field: "shift_start_hour", operator: ">=", value: 22 }, "night_rate", 1.25),
    ],
    facts: factsOf(count, (i) => ({
      employee_id: i,
      shift_type: "regular",
      hours: i % 20 < 3 ? 9.5 : 8.0,
      day_of_week: i % 10 === 0 ? "weekend" : "weekday",
      shift_start_hour: i % 20 < 3 ? 22 : 9,
    })),
    results: count + Math.ceil(count / 10) + 2 * (3 * Math.floor(count / 20) + Math.min(count % 20, 3)),
  };
}

/** 400 rules, 100 on each of four fields, each with a field of its own to set. */
export function enterprise(count: number): Workload {
  const tests: readonly Test[] = [
    { field: "calculation_type", operator: "=", value: "basic" },
    { field: "tier", operator: "=", value: "premium" },
    { field: "risk_category", operator: "=", value: "high" },
    { field: "compliance_required", operator: "=", value: true },
  ];
  return {
    name: "enterprise",
    rules: Array.from({ length: 400 }, (_, i) =>
      oneFact(i + 1, `rule ${i + 1}`, tests[Math.floor(i / 100)] as Test, `result_${i + 1}`, i + 1),
    ),
    facts: factsOf(count, (i) => ({
      calculation_type: i % 143 === 0 ? "basic" : "advanced",
      tier: i % 250 === 0 ? "premium" : "standard",
      risk_category: i % 400 === 0 ? "high" : "low",
      compliance_required: i % 400 === 0,
      amount: 1.5 * i,
    })),
    results: 100 * (Math.ceil(count / 143) + Math.ceil(count / 250) + 2 * Math.ceil(count / 400)),
  };
}

export interface JoinSizes {
  readonly orders: number;
  readonly customers: number;
  readonly products: number;
}

export const joinSizes: JoinSizes = { orders: 100_000, customers: 10_000, products: 1_000 };

/**
 * Orders joined to their customers and products, unless the customer is blocked: every seventh customer has a fact that
 * says so, and every eleventh order names a customer who does not exist.
 */
export function joins(sizes: JoinSizes = joinSizes): Workload {
  const { orders, customers, products } = sizes;
  const facts: Fact[] = [];
  const add = (fields: Record<string, Scalar>) => facts.push({ id: facts.length, fields });
  for (let i = 0; i < customers; i += 1) {
    add({ type: "customer", customer_id: i, country: `country_${i % 30}`, gold: i % 5 === 0 });
  }
  for (let i = 0; i < products; i += 1) add({ type: "product", product_id: i, price: 10 + (i % 90) });
  for (let i = 0; i < customers; i += 7) add({ type: "block", blocked_id: i });
  let results = 0;
  for (let i = 0; i < orders; i += 1) {
    const customer = i % 11 === 0 ? customers + i : (i * 7919) % customers;
    if (i % 11 !== 0 && customer % 7 !== 0) results += 1;
    add({ type: "order", order_id: i, customer, product: (i * 104_729) % products, quantity: 1 + (i % 9) });
  }
  return { name: "joins", rules: [joinRule()], facts, results };
}

function joinRule(): Rule {
  const isA = (type: string): Test => ({ field: "type", operator: "=", value: type });
  return {
    id: 1,
    name: "orders that can be delivered",
    when: [
      { fact: "order", where: isA("order") },
      {
        fact: "customer",
        where: {
          all: [
            isA("customer"),
            { field: "customer_id", operator: "=", value: { ref: { pattern: "order", field: "customer" } } },
          ],
        },
      },
      {
        fact: "product",
        where: {
          all: [
            isA("product"),
            { field: "product_id", operator: "=", value: { ref: { pattern: "order", field: "product" } } },
          ],
        },
      },
      {
        none: {
          all: [
            isA("block"),
            { field: "blocked_id", operator: "=", value: { ref: { pattern: "customer", field: "customer_id" } } },
          ],
        },
      },
    ],
    then: [{ set: "deliverable", fact: "order", to: { value: true } }],
  };
}

function factsOf(count: number, fields: (i: number) => Record<string, Scalar>): Fact[] {
  const facts: Fact[] = [];
  for (let i = 0; i < count; i += 1) facts.push({ id: i, fields: fields(i) });
  return facts;
}

function oneFact(id: number, name: string, when: Test, set: string, value: Scalar): Rule {
  return { id, name, when, then: [{ set, to: { value } }] };
}
