import { expect, test } from "vitest";
import { problemsOf } from "./inspect.ts";

const of = { script: "/work/scenarios/crud.ts", cwd: "/work", endpoints: ["projects.create", "projects.read"] };
const line = (text: string): string =>
  `time="2026-11-21T00:00:00Z" level=error msg=${JSON.stringify(text)} hint="script exception"`;

test("all unknown endpoints are reported, each where it was asked for and with the nearest name", () => {
  const library = "at unknownEndpoint (file:///elsewhere/scenarios/lib/init-problems.ts:12:4(1))";
  const message = JSON.stringify([
    { endpoint: "project.create", stack: `Error\n\t${library}\n\tat file:///work/scenarios/crud.ts:3:22(9)` },
    { endpoint: "projects.reed", stack: `Error\n\t${library}\n\tat file:///work/scenarios/more.ts:8:0(9)` },
  ]);
  const mark = "PROOFLOAD_INIT_PROBLEMS";
  expect(problemsOf(line(`Error: ${mark}${message}${mark}\n\tat x (file:///work/entry.js:1:1(2))`), of)).toEqual([
    { what: expect.stringContaining("project.create"), where: "scenarios/crud.ts:3:23", instead: "projects.create" },
    { what: expect.stringContaining("projects.reed"), where: "scenarios/more.ts:8:1", instead: "projects.read" },
  ]);
});

test("an exception is reported at its own line", () => {
  expect(
    problemsOf(line("TypeError: x is not a function\n\tat f (file:///work/scenarios/crud.ts:6:5(18))\n"), of),
  ).toEqual([{ what: "TypeError: x is not a function", where: "scenarios/crud.ts:6:6" }]);
});

test("what k6 says without a stack is reported for the script", () => {
  expect(problemsOf(line("unknown metric"), of)).toEqual([{ what: "unknown metric", where: "scenarios/crud.ts" }]);
});
