/** A thread of `threads.ts`: is given the body of a request, answers with an outcome. */
import { parentPort } from "node:worker_threads";
import { evaluateBody } from "./evaluation.ts";

parentPort?.on("message", (body: Uint8Array) => {
  const outcome = evaluateBody(body);
  parentPort?.postMessage(outcome, outcome.kind === "evaluated" ? [outcome.bytes.buffer] : []);
});
