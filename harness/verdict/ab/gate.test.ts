import { describe, expect, it } from "vitest";
import { defaultGate } from "./gate.ts";

const classes = (requests: Readonly<Record<string, number>>) =>
  Object.entries(requests).map(([name, count]) => ({ name, requests: count }));
const names = (requests: Readonly<Record<string, number>>, cpu: boolean) =>
  defaultGate(classes(requests), { cpu }).map(({ subject }) => subject.name);

describe("the figures that decide unless others are named", () => {
  it("are p50 of latency of each class, and CPU time per request of the service where it can be counted", () => {
    expect(defaultGate(classes({ read: 5 }), { cpu: true })).toEqual([
      { subject: { kind: "class", name: "read" }, metric: "latency", statistic: "p50" },
      { subject: { kind: "service", name: "service" }, metric: "cpu_time", statistic: "mean" },
    ]);
    expect(names({ read: 5 }, false)).toEqual(["read"]);
  });

  it("come in the order of their requests, and of their names where these are as many", () => {
    expect(names({ seldom: 1, zebra: 3, often: 9, apple: 3, middle: 3 }, false)).toEqual([
      "often",
      "apple",
      "middle",
      "zebra",
      "seldom",
    ]);
  });

  it("leave out a class that is never asked", () => {
    expect(names({ read: 1, idle: 0 }, false)).toEqual(["read"]);
  });

  it("are six at most, CPU among them", () => {
    const many = { a: 9, b: 8, c: 7, d: 6, e: 5, f: 4, g: 3 };
    expect(names(many, false)).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(names(many, true)).toEqual(["a", "b", "c", "d", "e", "service"]);
  });
});
