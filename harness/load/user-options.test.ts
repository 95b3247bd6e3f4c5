import { expect, test } from "vitest";
import { goSeconds } from "../plan/go-duration.ts";
import { userOptions } from "./user-options.ts";

const DEFAULT_TAGS =
  "check error error_code expected_response group method name proto scenario service status subproto tls_version url".split(
    " ",
  );
const vus = { executor: "constant-vus", vus: 2, duration: "1m30s", startTime: null };
const iterations = { executor: "shared-iterations", vus: 2, iterations: 10, maxDuration: null, startTime: "20s" };

function options(scenarios: Record<string, Record<string, unknown>>, more = {}) {
  return userOptions({ scenarios, thresholds: {}, systemTags: DEFAULT_TAGS, ...more }, 630);
}

test("the canary lasts as long as the load begins iterations", () => {
  expect(options({ a: { ...vus, startTime: "5s" }, b: vus }).canary).toMatchObject({ duration: "95s" });
});

test("where iterations end the load, the canary ends when all is idle, but not before the parts with a duration", () => {
  expect(options({ a: iterations, b: { ...vus, duration: "10s" } }).canaryTiming).toEqual({
    seconds: 630,
    untilIdleAfter: 20,
  });
});

test("tags that cost series stay out unless a threshold or the script names them", () => {
  expect(options({ a: vus }).systemTags).not.toContain("url");
  expect(options({ a: vus }, { thresholds: { "http_reqs{url:x,kind:y}": [] } }).systemTags).toContain("url");
  expect(options({ a: vus }, { systemTags: ["proto"] }).systemTags).toEqual(
    expect.arrayContaining(["proto", "status"]),
  );
});

test("what k6 inspect leaves null is left out", () => {
  expect(options({ a: vus }).scenarios["a"]).toEqual({ executor: "constant-vus", vus: 2, duration: "1m30s" });
});

test.each([
  ["1m30s", 90],
  ["1h0m0.5s", 3600.5],
  ["250ms", 0.25],
  ["", undefined],
  ["soon", undefined],
  [null, undefined],
])("the duration %j is %s s", (text, seconds) => {
  expect(goSeconds(text)).toBe(seconds);
});
