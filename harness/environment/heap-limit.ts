import type { ServiceDefinition } from "../plan/definition.ts";
import type { Exit } from "./child.ts";
import { lastLines } from "./log-tail.ts";

/** Of a process's memory; the rest is for its code, its buffers and its stacks. */
const HEAP_SHARE = 0.75;
const MIB = 1024 ** 2;

/** The variables that keep a Node service within its memory; nothing for any other command. */
export function heapLimit(service: ServiceDefinition, memoryBytes: number | undefined): Record<string, string> {
  if (memoryBytes === undefined || !isNode(service)) return {};
  const own = service.environment?.["NODE_OPTIONS"];
  const limit = `--max-old-space-size=${heapMebibytes(memoryBytes)}`;
  return { NODE_OPTIONS: own === undefined ? limit : `${own} ${limit}` };
}

export function heapMebibytes(memoryBytes: number): number {
  return Math.max(1, Math.floor((memoryBytes * HEAP_SHARE) / MIB));
}

export function isNode(service: ServiceDefinition): boolean {
  return service.command[0] === "node";
}

/** V8 ends its own process when the heap is full, before the kernel has to: that is want of memory all the same. */
export function heapExhausted(exit: Exit, logFile: string | undefined): boolean {
  const aborted = exit.signal === "SIGABRT" || exit.code === 134;
  return aborted && lastLines(logFile, 200).some((line) => /JavaScript heap out of memory/.test(line));
}
