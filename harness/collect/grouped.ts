import type { Phase } from "./record.ts";

/** Values by (endpoint, phase), made when first asked for. */
export class Grouped<Value> {
  private readonly make: () => Value;
  private readonly groups = new Map<string, { endpoint: string; phase: Phase; value: Value }>();

  constructor(make: () => Value) {
    this.make = make;
  }

  of(endpoint: string, phase: Phase): Value {
    const key = `${phase}\n${endpoint}`;
    const group = this.groups.get(key) ?? { endpoint, phase, value: this.make() };
    this.groups.set(key, group);
    return group.value;
  }

  entries(): { endpoint: string; phase: Phase; value: Value }[] {
    return [...this.groups.values()].sort((a, b) => order(a.endpoint, b.endpoint) || order(a.phase, b.phase));
  }
}

/** For sorting by code units, the same on every machine. */
export function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
