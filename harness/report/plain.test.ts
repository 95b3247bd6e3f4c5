import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { cutTo, plain, widthOf, wrap } from "./plain.ts";

describe("a plain name", () => {
  it("is one line of visible characters, whatever it was", () => {
    const check = (text: string) => {
      const shown = plain(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect([...shown].length).toBeLessThanOrEqual(120);
    };
    HOSTILE_NAMES.forEach(check);
    fc.assert(fc.property(fc.string({ unit: "binary" }), check));
  });

  it("says that something was taken away", () => {
    expect(plain("a\u001b[31mb")).toBe("a�[31mb");
    expect(plain("A".repeat(200), 10)).toBe("AAAAAAAAA…");
    expect(plain("GET /cart")).toBe("GET /cart");
  });
});

describe("text for a terminal", () => {
  it("counts cells, not characters", () => {
    expect(widthOf("検索")).toBe(4);
    expect(widthOf("e\u0301")).toBe(1);
    expect(cutTo("検索結果", 5)).toBe("検索…");
  });

  it("is broken at blanks, never between a number and its unit", () => {
    expect(wrap("limit of 25 ms and 90 % of it", 11)).toEqual(["limit of", "25 ms and", "90 % of it"]);
  });

  it("never gets wider than it may", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 4, max: 40 }), (text, cells) => {
        expect(wrap(plain(text), cells).every((line) => widthOf(line) <= cells)).toBe(true);
      }),
    );
  });
});
