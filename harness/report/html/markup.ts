/** HTML that is safe by construction: whatever is put into a template is text, unless a template made it. */
import { visible } from "../plain.ts";

export interface Markup {
  readonly markup: string;
}

export type Content = Markup | string | number | undefined | readonly Content[];

/** Only what was made here counts as markup: an object of the same shape in an edited record does not. */
const made = new WeakSet<Markup>();

/** Longer than any sentence; a body of 64 KiB in an error message is cut. */
const LONGEST_TEXT = 2000;

export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return trusted(strings.map((part, index) => part + textOf(values[index])).join(""));
}

/** For the page's own style sheet and script alone. */
export function trusted(markup: string): Markup {
  const result = { markup };
  made.add(result);
  return result;
}

function textOf(content: Content): string {
  if (content === undefined) {
    return "";
  }
  if (typeof content === "string" || typeof content === "number") {
    return escaped(String(content));
  }
  if (isList(content)) {
    return content.map(textOf).join("");
  }
  return made.has(content) ? content.markup : escaped(String(content.markup));
}

function isList(content: Markup | readonly Content[]): content is readonly Content[] {
  return Array.isArray(content);
}

function escaped(text: string): string {
  return visible(text, LONGEST_TEXT).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that can stand inside a script element: nothing in it ends the element or starts a comment. */
export function jsonFor(data: unknown): string {
  return JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
