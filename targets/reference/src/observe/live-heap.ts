import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Metrics } from "./metrics.ts";

/**
 * Collects all garbage every so many seconds, and tells what is alive: between two collections of the engine's own, which
 * may be minutes apart, a leak cannot be told from garbage. For soaks; each collection stops the process for some 30 ms.
 */
export function watchLiveHeap(everySeconds: number, metrics: Metrics): Disposable {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const timer = setInterval(() => {
    collect();
    metrics.liveHeap(process.memoryUsage().heapUsed);
  }, everySeconds * 1000).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
