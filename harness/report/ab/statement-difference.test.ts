import { expect, test } from "vitest";
import { changedStatements } from "./statement-difference.ts";

const statement = (query: string, calls: number, rows = calls, totalMs = calls * 0.1) => ({
  query,
  calls,
  rows,
  totalMs,
});

const base = {
  requests: 1000,
  statements: [
    statement("SELECT project", 1000),
    statement("SELECT gone", 1000),
    statement("SELECT wide", 1000, 1000),
    statement("DELETE old", 3),
  ],
};
const head = {
  requests: 500,
  statements: [
    statement("SELECT project", 501),
    statement("SELECT owner", 5000, 5000),
    statement("SELECT wide", 500, 25_000),
    statement("VACUUM", 4),
  ],
};

test("names statements that are new, that vanished, and that have other rows, per request, those that came most often first", () => {
  expect(changedStatements(base, head).map(({ query, what }) => [query, what])).toEqual([
    ["SELECT owner", "new"],
    ["SELECT gone", "vanished"],
    ["SELECT wide", "changed"],
  ]);
  expect(changedStatements(base, head)[0]).toMatchObject({ base: { calls: 0 }, head: { calls: 10, rows: 10 } });
  expect(changedStatements(base, head)[2]).toMatchObject({ base: { calls: 1, rows: 1 }, head: { calls: 1, rows: 50 } });
});

test("the same statement from two versions of a function, whose ids differ, is one", () => {
  const twice = { requests: 1000, statements: [statement("SELECT project", 400), statement("SELECT project", 600)] };
  expect(changedStatements(twice, { requests: 1000, statements: [statement("SELECT project", 1000)] })).toEqual([]);
});

test("a statement more is named before any that only differ in time and rows", () => {
  const more = { requests: 500, statements: [...head.statements, statement("SELECT late", 500, 500, 1e6)] };
  const [first, second] = changedStatements(base, more);
  expect([first?.query, second?.query]).toEqual(["SELECT owner", "SELECT late"]);
});
