import type { Frame } from "./profile-frames.ts";

/** A frame of head with what base had in its place; values per request. */
export interface ChangedFrame extends Frame {
  /** Of base, itself and everything below. */
  readonly before: number;
  /** Itself alone. */
  readonly own: number;
  readonly ownBefore: number;
  readonly children: readonly ChangedFrame[];
}

/** A function wherever it is called from: its own time, in nanoseconds per request. */
export interface FunctionChange {
  readonly name: string;
  /** File and line in head; in base where head has it no more. */
  readonly place: string;
  readonly base: number;
  readonly head: number;
  /** (head − base) ÷ the deviation that sampling alone gives to it. */
  readonly score: number;
}

export interface ProfiledSide {
  readonly frames: Frame;
  readonly requests: number;
}

/**
 * Two profiles as one tree. A function is the same one where its name and its file are: what was written above it moves
 * its line. Values are per request, so that one side that was asked less is not taken for a quick one.
 */
export function differenceOf(base: ProfiledSide, head: ProfiledSide): ChangedFrame {
  return merged([scaled(base.frames, base.requests)], [scaled(head.frames, head.requests)]);
}

/**
 * Functions whose own time has changed by more than sampling explains, largest growth first. So many samples of a
 * function are a Poisson number: the difference of two has the deviation √(base + head) samples.
 */
export function changedFunctions(base: ProfiledSide, head: ProfiledSide, sampleNs: number): FunctionChange[] {
  const all = new Map<string, { name: string; place: string; base: number; head: number }>();
  for (const [side, { frames }] of [
    ["base", base],
    ["head", head],
  ] as const) {
    for (const frame of everyFrame(frames)) {
      const key = keyOf(frame);
      const known = all.get(key) ?? { name: frame.name, place: frame.place, base: 0, head: 0 };
      all.set(key, { ...known, place: frame.place, [side]: known[side] + ownOf(frame) });
    }
  }
  return [...all.values()]
    .filter(({ name, place }) => !NOBODYS.has(name) && !OURS.test(place))
    .map(({ name, place, base: before, head: after }) => {
      const perRequest = { base: before / base.requests, head: after / head.requests };
      const deviation = Math.hypot(
        Math.sqrt(before * sampleNs) / base.requests,
        Math.sqrt(after * sampleNs) / head.requests,
      );
      const score = deviation === 0 ? 0 : (perRequest.head - perRequest.base) / deviation;
      return { name, place, ...perRequest, score };
    })
    .filter(({ score }) => Math.abs(score) > CERTAIN)
    .sort((a, b) => b.head - b.base - (a.head - a.base));
}

/** Time that is no function's: outside of JavaScript, and the root itself. */
const NOBODYS = new Set(["(root)", "(program)", "(idle)"]);
/** Starting and stopping the profiler. */
const OURS = /(^|\/)profile-hook\.mjs:|^node:inspector/;
const CERTAIN = 3;

function merged(base: readonly Frame[], head: readonly Frame[]): ChangedFrame {
  const shown = head[0] ?? base[0];
  const before = total(base);
  const value = total(head);
  const keys = [...new Set([...head, ...base].flatMap(({ children }) => children.map(keyOf)))];
  const of = (frames: readonly Frame[], key: string) =>
    frames.flatMap(({ children }) => children.filter((child) => keyOf(child) === key));
  return {
    name: shown?.name ?? "",
    place: shown?.place ?? "",
    value,
    before,
    own: head.reduce((sum, frame) => sum + ownOf(frame), 0),
    ownBefore: base.reduce((sum, frame) => sum + ownOf(frame), 0),
    children: keys.map((key) => merged(of(base, key), of(head, key))),
  };
}

function scaled(frame: Frame, requests: number): Frame {
  const children = frame.children.map((child) => scaled(child, requests));
  return { ...frame, value: frame.value / requests, children };
}

function* everyFrame(frame: Frame): Generator<Frame> {
  const waiting = [frame];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    yield one;
    waiting.push(...one.children);
  }
}

function keyOf({ name, place }: Frame): string {
  return `${name} ${place.replace(/:\d+$/, "")}`;
}

function ownOf({ value, children }: Frame): number {
  return value - total(children);
}

function total(frames: readonly Frame[]): number {
  return frames.reduce((sum, { value }) => sum + value, 0);
}
