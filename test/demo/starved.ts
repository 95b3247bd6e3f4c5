/**
 * `npm run demo:starved`: k6 at 200 requests/s, held back in three ways. Its own figures then look like those of a slow
 * service; proofload says INVALID, and never PASS or FAIL.
 */
import { runDemos } from "./drive-demo.ts";
import { holdToCpu, shareCore, stopAndGo } from "./starve.ts";

await runDemos([
  {
    title: "k6 held to a tenth of a core",
    what: "reading",
    starve: (pid) => holdToCpu(pid, 0.1),
    expected: "INVALID",
  },
  {
    title: "k6 shares its only core with a busy process",
    what: "reading",
    starve: (pid) => shareCore(pid, 0),
    expected: "INVALID",
  },
  {
    title: "k6 stopped for 100 ms in every second",
    what: "reading",
    starve: (pid) => stopAndGo(pid, 100, 1000),
    expected: "INVALID",
  },
]);
