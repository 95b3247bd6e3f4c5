import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeTag } from "./safe-tag.ts";

const ROUTES = readFileSync(new URL("../../../test/fixtures/route-names.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

/** Bytes that look random and are the same in every run. */
const bytes = (index: number, length: number) =>
  createHash("shake256", { outputLength: length }).update(`${index}`).digest();

describe("the value of a tag", () => {
  it("is the name itself for the 2,000 routes and operations of a real service", () => {
    expect(ROUTES.length).toBeGreaterThan(2000);
    expect(ROUTES.filter((name) => safeTag(name) !== name)).toEqual([]);
  });

  it.each([
    ["GET https://api.example.com/users/17/orders/8c1f0a52b9de?token=abc", "GET /users/:id/orders/:id"],
    ["wss://host:8080/live?key=1", "/live"],
    ["/search?q=jane&page=2", "/search?__redacted__"],
    ["login jane.doe@example.com", "login __redacted__"],
    ["/users/jane%40example.com/orders", "/users/__redacted__/orders"],
    ["auth eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "auth __redacted__"],
    ["GET /files/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "GET /files/__redacted__"],
    ["GET /accounts/90210417", "GET /accounts/__redacted__"],
    ["call with Bearer abcdefgh12345678", "call with __redacted__"],
    ["ghp_16C7e42F292c6912E7710c838347Ae178B4a", "__redacted__"],
    ["job 01ARZ3NDEKTSV4RRFFQ69G5FAV", "job __redacted__"],
    ["job ckv2x9k3p0000qzrmn831i7rn", "job __redacted__"],
  ])("does not hold what is secret in %j", (value, safe) => {
    expect(safeTag(value)).toBe(safe);
  });

  it.each([
    ["hexadecimal", 8, 0, (token: Buffer) => token.toString("hex")],
    ["hexadecimal", 32, 0, (token: Buffer) => token.toString("hex")],
    // Chance alone makes a few tokens look like names.
    ["base64url", 24, 12, (token: Buffer) => token.toString("base64url")],
    ["base64url", 32, 3, (token: Buffer) => token.toString("base64url")],
  ] as const)("holds no token of random bytes in %s, %i bytes long (at most %i of 1,000)", (_, length, most, text) => {
    const tokens = Array.from({ length: 1000 }, (__, index) => text(bytes(index, length)));
    const passed = tokens.filter((token) => safeTag(`GET /things/${token}/parts`).includes(token));
    expect(passed.length).toBeLessThanOrEqual(most);
  });

  it("never holds a line end, a backslash, half a character, or more than 200 characters, and is safe already", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (value) => {
        const safe = safeTag(value);
        expect(safe).not.toMatch(/[\p{Cc}\\]/u);
        expect(safe.isWellFormed()).toBe(true);
        expect(Array.from(safe).length).toBeLessThanOrEqual(200);
        expect(safeTag(safe)).toBe(safe);
      }),
      { numRuns: 500 },
    );
  });

  it("takes no time for a name of 64 KiB that is made to be looked at for long", () => {
    for (const piece of ["a@", "a.", "eyJ", "?=", "://", "0a", "%40a."]) {
      const safe = safeTag(piece.repeat(32_768));
      expect(safe.length).toBeLessThanOrEqual(400);
    }
  });
});
