import { pathTemplate } from "../labels.ts";

const REDACTED = "__redacted__";
/** The database takes 64 KiB for all names of a series together. */
const MOST_CHARACTERS = 200;
/** Of a longer text only the beginning is looked at and kept. */
const MOST_READ = 2000;

/** A value as it may become a tag: no URL, token, e-mail address or id, and nothing that the line protocol cannot carry. */
export function safeTag(value: string): string {
  return limited(withoutSecrets(value.slice(0, MOST_READ)));
}

function limited(value: string): string {
  // A backslash would escape what follows it in the line protocol, which has no way to escape it.
  const plain = value
    .toWellFormed()
    .replace(/\p{Cc}+/gu, " ")
    .replaceAll("\\", "/")
    .trim();
  const characters = Array.from(plain);
  return characters.length <= MOST_CHARACTERS ? plain : `${characters.slice(0, MOST_CHARACTERS - 1).join("")}…`;
}

function withoutSecrets(value: string): string {
  return value
    .replace(/[a-z][a-z0-9+.-]*:\/\/[^\s/?#]*([^\s?#]*)\S*/gi, (_, path: string) => pathTemplate(path))
    .replace(/\?\S*=\S*/g, `?${REDACTED}`)
    .replace(/\S+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/gi, REDACTED)
    .replace(/\beyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?/g, REDACTED);
}
