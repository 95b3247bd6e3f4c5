import { Trend } from "k6/metrics";

/**
 * Our own metrics beside k6's; harness/load/k6-options.ts asks for their sub-metrics, harness/collect reads them.
 * All in milliseconds.
 */

/** blocked + duration of every request that was answered as expected. */
export const latency = new Trend("latency", true);
/** `latency`, and how late the iteration of an open stream had started. */
export const scheduledLatency = new Trend("scheduled_latency", true);
/** blocked + sending + waiting: until the response headers are there. */
export const ttft = new Trend("ttft", true);
/** From the request that starts an asynchronous job until it is seen to be done. */
export const jobDuration = new Trend("job_duration", true);
/** Actual minus intended start of an iteration of an open stream. */
export const startLag = new Trend("start_lag", true);
/** blocked + duration of the canary: a fixed responder in a process of its own. */
export const canaryLatency = new Trend("canary_latency", true);
