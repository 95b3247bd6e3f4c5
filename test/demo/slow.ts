/**
 * `npm run demo:slow`: the service is the slow one, in four ways: 300 ms more in every answer, more load than one
 * process or all cores can take, and a language model that needs 12 s. proofload says FAIL, and never INVALID: the instrument was sound.
 */
import { runDemos } from "./drive-demo.ts";

await runDemos([
  { title: "every answer 300 ms slower", what: "reading", settings: ["EXTRA_DELAY_MS=300"], expected: "FAIL" },
  {
    title: "one process saturated: 10 ms of CPU for every answer",
    what: "reading",
    settings: ["EXTRA_CPU_MS=10"],
    expected: "FAIL",
  },
  { title: "all cores saturated: more logins than they can hash", what: "too-many-logins", expected: "FAIL" },
  {
    title: "a language model with a median of 12 s",
    what: "llm",
    ofProject: true,
    settings: ["LLM_MEDIAN_MS=12000", "LLM_P99_MS=20000"],
    expected: "FAIL",
  },
]);
