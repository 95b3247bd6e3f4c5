import { expect, test } from "vitest";
import { changedFunctions, differenceOf } from "./profile-difference.ts";
import { cpuFrames, type Frame, togetherOf } from "./profile-frames.ts";

const SAMPLE_NS = 500_000;

/** `own` in samples. */
function frame(name: string, line: number, own: number, children: readonly Frame[] = []): Frame {
  const value = own * SAMPLE_NS + children.reduce((sum, child) => sum + child.value, 0);
  return { name, place: name.startsWith("(") ? "" : `src/a.ts:${line}`, value, children };
}

const root = (...children: readonly Frame[]) => frame("(root)", 0, 0, children);

test("functions are compared by their own time per request, wherever they are called from and whatever line they are on", () => {
  const base = {
    requests: 1000,
    frames: root(frame("route", 1, 100, [frame("parse", 9, 400)]), frame("parse", 9, 100)),
  };
  const head = {
    requests: 500,
    frames: root(frame("route", 4, 50, [frame("parse", 12, 250), frame("slow", 20, 300)])),
  };
  const changed = changedFunctions(base, head, SAMPLE_NS);
  expect(changed.map(({ name }) => name)).toEqual(["slow"]);
  expect(changed[0]).toMatchObject({ place: "src/a.ts:20", base: 0, head: (300 * SAMPLE_NS) / 500 });
});

test("what sampling alone explains is no change, and time that is no function's is none either", () => {
  const at = (a: number, program: number) => ({
    requests: 1000,
    frames: root(frame("f", 1, a), frame("(program)", 0, program)),
  });
  // √(400 + 460) = 29: 60 samples more are two deviations, 100 more are three and a half.
  expect(changedFunctions(at(400, 10), at(460, 900), SAMPLE_NS)).toEqual([]);
  expect(changedFunctions(at(400, 10), at(510, 900), SAMPLE_NS).map(({ name }) => name)).toEqual(["f"]);
});

test("both trees become one: frames of one side alone have nothing on the other", () => {
  const base = { requests: 10, frames: root(frame("route", 1, 10, [frame("gone", 5, 20)])) };
  const head = { requests: 20, frames: root(frame("route", 2, 20, [frame("new", 6, 60)])) };
  const [route] = differenceOf(base, head).children;
  expect(route).toMatchObject({ own: SAMPLE_NS, ownBefore: SAMPLE_NS, value: 4 * SAMPLE_NS, before: 3 * SAMPLE_NS });
  expect(route?.children.map(({ name, value, before }) => [name, value / SAMPLE_NS, before / SAMPLE_NS])).toEqual([
    ["new", 3, 0],
    ["gone", 0, 2],
  ]);
});

test("profiles of several threads are one tree", () => {
  const together = togetherOf([root(frame("a", 1, 2, [frame("b", 2, 3)])), root(frame("a", 1, 5), frame("c", 3, 1))]);
  expect(together.value).toBe(11 * SAMPLE_NS);
  expect(together.children.map(({ name, value }) => [name, value / SAMPLE_NS])).toEqual([
    ["a", 10],
    ["c", 1],
  ]);
});

test("a sample that came late, for want of a core, is no time that its function used", () => {
  const callFrame = { functionName: "f", url: "file:///a.js", lineNumber: 0 };
  const nodes = [
    { id: 1, callFrame: { ...callFrame, functionName: "(root)" }, children: [2] },
    { id: 2, callFrame },
  ];
  const profile = { nodes, samples: [2, 2, 2], timeDeltas: [500, 80_000, 500] };
  expect(cpuFrames(profile).value).toBe(81_000_000);
  expect(cpuFrames(profile, 2_000_000).value).toBe(3_000_000);
});

test("the profiler's own work is no change of the service", () => {
  const ours = { ...frame("post", 1, 900), place: "node:inspector:115" };
  const at = (...frames: readonly Frame[]) => ({ requests: 1000, frames: root(...frames) });
  expect(changedFunctions(at(), at(ours, { ...ours, place: "profile/profile-hook.mjs:20" }), SAMPLE_NS)).toEqual([]);
});
