import type { AbSide } from "../collect/ab-record.ts";

export type SideKind = AbSide["kind"];

export interface NamedSide {
  readonly kind: SideKind;
  /** Without the prefix that says what it is. */
  readonly name: string;
}

/**
 * What the text of `--base` or `--head` means.
 *
 *   side := ("ref:" | "image:" | "url:") name      as it says
 *         | "http://" … | "https://" …             an address
 *         | name "@sha256:" …                      an image
 *         | name ":" tag                           an image: no git ref has a colon
 *         | name                                   a git ref; "." is the working tree with its changes
 */
export function kindOfSide(text: string): NamedSide {
  const prefixed = /^(ref|image|url):(?!\/\/)(.+)$/s.exec(text);
  if (prefixed !== null) return { kind: prefixed[1] as SideKind, name: prefixed[2] ?? "" };
  if (/^https?:\/\//i.test(text)) return { kind: "url", name: text };
  if (text.includes(":")) return { kind: "image", name: text };
  return { kind: "ref", name: text };
}
