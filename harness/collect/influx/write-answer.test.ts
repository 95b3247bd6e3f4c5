import { describe, expect, it } from "vitest";
import { messageIn, readWriteAnswer } from "./write-answer.ts";

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

describe("what a database's answer to a batch means", () => {
  it.each([
    ["all, 2.7", 204, "", "written"],
    ["all, 3", 200, "", "written"],
    ["3 lists what it left out", 201, '{"error":"partial write","data":[{"line_number":2}]}', "bad lines"],
    ["1.8, type conflict", 400, '{"error":"partial write: field type conflict: … dropped=1"}', "bad lines"],
    [
      "1.8, malformed line",
      400,
      '{"error":"partial write: unable to parse \'m,a=b v=\': missing field value dropped=0"}',
      "bad lines",
    ],
    [
      "2.7, type conflict",
      422,
      '{"code":"unprocessable entity","message":"failure writing points to database: partial write: field type conflict: … dropped=1"}',
      "bad lines",
    ],
    ["2.7, malformed line", 400, '{"code":"invalid","message":"unable to parse \'m v\': bad field"}', "bad lines"],
    ["3, malformed line", 400, '{"error":"parsing failed for write_lp endpoint","data":{}}', "bad lines"],
    ["2.7, no organisation", 400, '{"code":"invalid","message":"Please provide either orgID or org"}', "refused"],
    ["too large", 413, "", "too large"],
    ["no token", 401, '{"code":"unauthorized","message":"unauthorized access"}', "refused"],
    ["may not write", 403, "{}", "refused"],
    ["no bucket", 404, '{"code":"not found","message":"bucket \\"x\\" not found"}', "refused"],
    ["too fast", 429, "", "later"],
    ["overloaded", 503, "<html>", "later"],
    ["broken", 500, "", "later"],
    ["1.8, no such retention policy", 500, '{"error":"retention policy not found: x"}', "refused"],
    ["a web server that knows nothing of it", 405, "<html>", "refused"],
  ])("%s: %i", (_, status, body, kind) => {
    expect(readWriteAnswer({ status, body }, NOW).kind).toBe(kind);
  });

  it("reads Retry-After as seconds or as a date", () => {
    const asked = (retryAfter: string) => readWriteAnswer({ status: 429, body: "", retryAfter }, NOW);
    expect(asked("3")).toMatchObject({ afterMs: 3000 });
    expect(asked("Sat, 21 Nov 2026 12:00:05 GMT")).toMatchObject({ afterMs: 5000 });
    expect(asked("soon")).not.toHaveProperty("afterMs");
  });

  it("keeps the server's own sentence, in one line and not too long", () => {
    expect(messageIn('{"code":"invalid","message":"a\\nb"}')).toBe("a b");
    expect(messageIn('{"error":"partial write","data":[{"error_message":"line 2 is bad"}]}')).toBe(
      "partial write: line 2 is bad",
    );
    expect(messageIn("<html>\n\nBad Gateway")).toBe("<html> Bad Gateway");
    expect(messageIn("x".repeat(9000))).toHaveLength(500);
    expect(messageIn("")).toBe("no reason given");
  });
});
