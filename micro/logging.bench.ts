/** A debug line of the service while debug is off, and the same line while it is on. */
import type { Benches } from "../harness/micro/bench.ts";
import { createLog } from "../targets/reference/src/observe/log.ts";
import { serviceParts } from "./lib/service.ts";

export default function benches(): Benches {
  const off = createLog(serviceParts({ LOG_LEVEL: "info" }).settings, () => {}).log;
  const on = createLog(serviceParts({ LOG_LEVEL: "debug" }).settings, () => {}).log;
  const error = new Error("no answer to mget within 1000 ms");
  return {
    off: () => off.debug({ err: error }, "embeddings are computed without redis"),
    "off-message": () => off.debug("embeddings are computed without redis"),
    on: () => on.debug({ route: "/api/embeddings" }, "embeddings are computed without redis"),
  };
}
