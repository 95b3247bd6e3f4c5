import { z } from "zod";

/** A function with all that it called. `value` counts itself and everything below it: nanoseconds or bytes. */
export interface Frame {
  readonly name: string;
  /** File and line, where there is one. */
  readonly place: string;
  readonly value: number;
  readonly children: readonly Frame[];
}

const callFrame = z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() });

/** https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile */
const cpuProfile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame, children: z.array(z.number()).optional() })),
  samples: z.array(z.number()),
  /** Microseconds between two samples. */
  timeDeltas: z.array(z.number()),
});

/**
 * The tree of a .cpuprofile; time that V8 calls idle is left out. Throws a ZodError for anything else.
 * @param longestNs the most that one sample stands for. A sample that came later than that had no core to be taken on:
 * it is no time that its function used.
 */
export function cpuFrames(data: unknown, longestNs = Number.POSITIVE_INFINITY): Frame {
  const { nodes, samples, timeDeltas } = cpuProfile.parse(data);
  const own = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    // The first sample comes after the first delta; a clock that went back counts as nothing.
    own.set(id, (own.get(id) ?? 0) + Math.min(longestNs, Math.max(0, timeDeltas[index] ?? 0) * 1000));
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frameOf = (id: number): Frame[] => {
    const node = byId.get(id);
    if (node === undefined || node.callFrame.functionName === "(idle)") {
      return [];
    }
    const children = (node.children ?? []).flatMap(frameOf);
    return [{ ...named(node.callFrame), value: (own.get(id) ?? 0) + total(children), children }];
  };
  return frameOf(nodes[0]?.id ?? 0)[0] ?? EMPTY;
}

/** Profiles of several threads as one: calls of one place from one place are one frame. */
export function togetherOf(roots: readonly Frame[]): Frame {
  const [first = EMPTY] = roots;
  const byPlace = new Map<string, Frame[]>();
  for (const child of roots.flatMap(({ children }) => children)) {
    const key = `${child.name} ${child.place}`;
    byPlace.set(key, [...(byPlace.get(key) ?? []), child]);
  }
  return { ...first, value: total(roots), children: [...byPlace.values()].map(togetherOf) };
}

interface HeapNode {
  readonly callFrame: z.infer<typeof callFrame>;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/** https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#type-SamplingHeapProfile */
const heapNode: z.ZodType<HeapNode> = z.object({
  callFrame,
  selfSize: z.number(),
  children: z.array(z.lazy(() => heapNode)),
});

/** The tree of a .heapprofile: what was allocated and still there at the end, by who allocated it. */
export function heapFrames(data: unknown): Frame {
  const frameOf = (node: HeapNode): Frame => {
    const children = node.children.map(frameOf);
    return { ...named(node.callFrame), value: node.selfSize + total(children), children };
  };
  return frameOf(z.object({ head: heapNode }).parse(data).head);
}

const EMPTY: Frame = { name: "nothing was sampled", place: "", value: 0, children: [] };

function named({ functionName, url, lineNumber }: z.infer<typeof callFrame>): Pick<Frame, "name" | "place"> {
  // The last two parts of the path: a report is passed on, and where somebody's checkout lies is nobody's business.
  const file = url.split("/").slice(-2).join("/");
  return {
    name: functionName === "" ? "(anonymous)" : functionName,
    place: file === "" ? "" : `${file}:${lineNumber + 1}`,
  };
}

function total(frames: readonly Frame[]): number {
  return frames.reduce((sum, frame) => sum + frame.value, 0);
}
