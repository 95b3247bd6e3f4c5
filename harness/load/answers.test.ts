import { describe, expect, it } from "vitest";
import { type Answer, differences, shapeDifference } from "../../scenarios/lib/answers.ts";

function answer(body: unknown, more: Partial<Answer> = {}): Answer {
  return { endpoint: "items.read", status: 200, contentType: "application/json", body: JSON.stringify(body), ...more };
}

describe("the answers of both sides", () => {
  it("are alike where only ids, times, lengths and the order of fields differ", () => {
    const base = answer({ id: 1, at: "2026-01-01", items: [{ price: 1 }, { price: 2 }], none: [] });
    const head = answer({ at: "2026-02-02", id: 99, none: [{ some: 1 }], items: [{ price: 7.5 }] });
    expect(differences([base], [head])).toEqual([]);
  });

  it("differ in status before anything else, in content type before shape", () => {
    const [status] = differences([answer({ a: 1 })], [answer({ b: 1 }, { status: 404, contentType: "text/html" })]);
    expect(status).toEqual({ endpoint: "items.read", what: "status", sentence: "base answered 200, head 404" });
    const [header] = differences([answer({ a: 1 })], [answer({ b: 1 }, { contentType: "text/html" })]);
    expect(header).toMatchObject({ what: "header", sentence: "base answered application/json, head text/html" });
  });

  it("differ in shape at the first path that is not there, or holds another kind", () => {
    expect(shapeDifference({ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: "1" }] } }, "")).toBe(
      "a.b[].c: number from base, string from head",
    );
    expect(shapeDifference({ a: 1, more: 2 }, { a: 1 }, "")).toBe("more: not in what head answered");
    expect(shapeDifference({ a: 1 }, { a: 1, more: null }, "")).toBe("more: not in what base answered");
    expect(shapeDifference([], {}, "")).toBe("the body: list from base, object from head");
  });

  it("differ where a check passes on one side, and where the flow itself parts", () => {
    const check = (status: boolean): Answer => ({ endpoint: "items.read", status, contentType: "", body: undefined });
    const found = differences(
      [answer({}), check(true), answer({}, { endpoint: "items.buy" })],
      [answer({}), check(false)],
    );
    expect(found).toEqual([
      { endpoint: "items.read", what: "check", sentence: "the check of base passed, of head failed" },
      { endpoint: "items.buy", what: "shape", sentence: "then base was asked items.buy, head nothing more" },
    ]);
  });
});
