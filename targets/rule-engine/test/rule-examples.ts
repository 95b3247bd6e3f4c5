/** Rules that use every part of the format once, as they stand in JSON. */
export const everyPart = [
  {
    id: 0,
    name: "one fact, every operator",
    salience: -2.5,
    when: {
      all: [
        { field: "status", operator: "=", value: "active" },
        { field: "status", operator: "!=", value: null },
        {
          any: [
            { field: "hours", operator: "<", value: 8 },
            { field: "hours", operator: "<=", value: 9.5 },
          ],
        },
        { field: "since", operator: ">", value: { date: "2026-01-31T00:00:00Z" } },
        { field: "since", operator: ">=", value: { date: "2024-02-29" } },
        { not: { field: "region", operator: "contains", value: "test" } },
        { field: "region", operator: "startsWith", value: "region_" },
        { field: "region", operator: "endsWith", value: "" },
        { field: "tier", operator: "in", value: ["premium", 1, true, null, { date: "2026-11-21" }] },
        { field: "amount", operator: "between", value: [-1.5, 1e6] },
        { field: "code", operator: "regex", value: "^[A-Z]{2}[0-9]+$" },
        { has: "__proto__" },
      ],
    },
    then: [
      { set: "constructor", to: { value: false } },
      { set: "pay", to: { formula: "hours * 1.5 + max(0, `unit price`)" } },
      { create: { __proto__: null, kind: { value: "copy" }, of: { formula: "status" } } },
      { emit: "seen", with: { hours: { formula: "round(hours)" } } },
      { emit: "bare" },
    ],
  },
  {
    id: Number.MAX_SAFE_INTEGER,
    name: "joins",
    when: [
      { fact: "order", where: { field: "kind", operator: "=", value: "order" } },
      {
        fact: "customer",
        where: {
          all: [
            { field: "id", operator: "=", value: { ref: { pattern: "order", field: "customer" } } },
            { field: "limit", operator: "<", value: { ref: { pattern: "order", field: "total" } } },
          ],
        },
      },
      { exists: { field: "kind", operator: "=", value: "audit" } },
      { none: { field: "blocks", operator: "=", value: { ref: { pattern: "customer", field: "id" } } } },
      { aggregate: "count", over: { has: "kind" }, operator: ">", value: 0 },
      { aggregate: "sum", of: "total", over: { all: [] }, operator: ">=", value: 100, as: "all orders" },
    ],
    then: [
      { set: "checked", fact: "customer", to: { ref: { pattern: "order", field: "total" } } },
      { set: "share", fact: "order", to: { formula: "order.total / `all orders`.value" } },
      { emit: "limit", with: { sum: { ref: { pattern: "all orders", field: "value" } } } },
    ],
  },
] as const;

/** A rule of one condition. */
export function ruleWith(changed: object): object {
  return {
    id: 1,
    name: "late shift",
    when: { field: "status", operator: "=", value: "active" },
    then: [{ set: "paid", to: { value: true } }],
    ...changed,
  };
}
