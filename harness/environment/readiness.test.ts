import { expect, test } from "vitest";
import { awaitReady } from "./readiness.ts";

const signal = new AbortController().signal;

test("asks until there is nothing more to say against it", async () => {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return asked < 4 ? "not yet" : undefined;
  };
  await awaitReady({ what: "it", ask, withinMs: 5000, signal });
  expect(asked).toBe(4);
});

test("takes a rejected question for «not yet», and names the last reason when the time is over", async () => {
  const ask = () => Promise.reject(new Error("connection refused"));
  await expect(awaitReady({ what: "it", ask, withinMs: 30, signal })).rejects.toMatchObject({
    code: "PL_START_FAILED",
    message: "it was not ready within 0.03 s: connection refused",
  });
});

test("ends with the reason of an aborted signal", async () => {
  const reason = new Error("enough");
  const ask = async () => "not yet";
  await expect(awaitReady({ what: "it", ask, withinMs: 5000, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
