import type { Painter, Palette } from "./ansi.ts";

/** One sign per judgement, so that nobody has to tell colours apart. */
export const SYMBOLS = {
  PASS: "✓",
  WARN: "!",
  WARNING: "!",
  FAIL: "✗",
  INCONCLUSIVE: "?",
  INVALID: "⊘",
  NOT_COMPARABLE: "–",
} as const;

export type Mark = keyof typeof SYMBOLS;

export function colourOf(kind: Mark, paint: Palette): Painter {
  switch (kind) {
    case "PASS":
      return paint.green;
    case "WARN":
    case "WARNING":
    case "INCONCLUSIVE":
      return paint.yellow;
    case "FAIL":
      return paint.red;
    case "INVALID":
      return paint.magenta;
    case "NOT_COMPARABLE":
      return paint.dim;
  }
}
