import { describe, expect, test } from "vitest";
import { errorText, k6Exit } from "./k6-exit.ts";

const end = { code: 0 as number | null, signal: null, lastLines: [] as string[], stopped: false };
const thrown =
  'time="2026-11-21T02:36:33Z" level=error msg="Error: boom\\n\\tat f (file:///a.ts:3:8(5))\\n" hint="script exception"';

describe("k6's exit code", () => {
  test("thresholds that were crossed at the end are a completed run: the verdict is ours", () => {
    expect(k6Exit({ ...end, code: 0 })).toEqual({ kind: "completed" });
    expect(k6Exit({ ...end, code: 99 })).toEqual({ kind: "completed" });
  });

  test("a threshold that ended the run early is an aborted run", () => {
    const lastLines = [
      "level=error msg=\"thresholds on metrics 'x' were crossed; at least one has abortOnFail enabled, stopping\"",
    ];
    expect(k6Exit({ ...end, code: 99, lastLines })).toMatchObject({ kind: "aborted" });
  });

  test.each([
    [103, "REST"],
    [105, "signal"],
    [108, "test.abort()"],
    [110, "test.fail()"],
  ])("%i is an aborted run that says how", (code, how) => {
    expect(k6Exit({ ...end, code })).toEqual({ kind: "aborted", how: expect.stringContaining(how) });
  });

  test.each([100, 101, 102, 104, 107])("%i is an error in the script, with k6's own words", (code) => {
    expect(k6Exit({ ...end, code, lastLines: [thrown] })).toEqual({
      kind: "script-error",
      message: expect.stringContaining("Error: boom"),
    });
  });

  test.each([97, 98, 106, 109, 255])("%i is a failure of k6", (code) => {
    expect(k6Exit({ ...end, code, lastLines: ["last"] })).toEqual({
      kind: "failed",
      code,
      signal: undefined,
      lastLines: ["last"],
    });
  });

  test("a k6 that was killed by somebody else has failed; one that we stopped was aborted", () => {
    expect(k6Exit({ ...end, code: null, signal: "SIGKILL" })).toMatchObject({ kind: "failed", signal: "SIGKILL" });
    expect(k6Exit({ ...end, code: null, signal: "SIGKILL", stopped: true })).toMatchObject({ kind: "aborted" });
    expect(k6Exit({ ...end, code: 105, stopped: true })).toEqual({ kind: "aborted", how: "stopped by proofload" });
  });
});

test("the text of an error line is unescaped, other lines have none", () => {
  expect(errorText(thrown)).toBe("Error: boom\n\tat f (file:///a.ts:3:8(5))\n");
  expect(errorText('level=warning msg="x"')).toBeUndefined();
});
