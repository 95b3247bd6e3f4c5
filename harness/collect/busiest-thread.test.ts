import { expect, it } from "vitest";
import { watchBusiestThread } from "./busiest-thread.ts";

const isLinux = process.platform === "linux";

it("tells what the busiest thread used between two looks at one process, and nothing of a process that is new or gone", () => {
  const busiest = watchBusiestThread();
  expect(busiest(process.pid, 1000)).toBeUndefined();
  for (const end = performance.now() + 40; performance.now() < end; );
  const [long = 0, short = 0] = [busiest(process.pid, 2000), busiest(process.pid, 2001)];
  // Of a second that was said to have passed, this thread used what it took to go round for 40 ms.
  expect(long > 0 && long < 1).toBe(isLinux);
  expect(short).toBeGreaterThanOrEqual(0);
  expect(busiest(1, 3000)).toBeUndefined();
  expect(busiest(2 ** 30, 4000)).toBeUndefined();
  expect(busiest(2 ** 30, 5000)).toBeUndefined();
});
