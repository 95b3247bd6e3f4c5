import { pathTemplate } from "../labels.ts";

const REDACTED = "__redacted__";
/** The database takes 64 KiB for all names of a series together. */
const MOST_CHARACTERS = 200;
/** Of a longer text only the beginning is looked at and kept. */
const MOST_READ = 2000;

/**
 * A value as it may become a tag: no URL, token, e-mail address or id, and nothing that the line protocol cannot carry.
 * Names of endpoints come out as they went in.
 */
export function safeTag(value: string): string {
  return carried(withoutSecrets(value.slice(0, MOST_READ)));
}

function carried(value: string): string {
  // A backslash would escape what follows it in the line protocol, which has no way to escape it.
  const plain = value.toWellFormed().replaceAll("\\", "/").replace(UNSEEN, " ").trim();
  const characters = Array.from(plain);
  return characters.length <= MOST_CHARACTERS ? plain : `${characters.slice(0, MOST_CHARACTERS - 1).join("")}…`;
}

/** Control characters, line ends of every kind, and what has no meaning outside of a program. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\uFFFE\uFFFF]+/gu;

function withoutSecrets(value: string): string {
  let safe = value
    .replace(URLS, (_, path: string) => pathTemplate(path))
    .replace(QUERIES, `?${REDACTED}`)
    .replace(EMAILS, REDACTED);
  for (const shape of TOKENS) safe = safe.replace(shape, REDACTED);
  return safe.replace(WORDS, (word) => (looksRandom(word) ? REDACTED : word));
}

const URLS = /[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#]*([^\s?#]*)\S*/gi;
const QUERIES = /\?\S*=\S*/g;
const EMAILS = /[^\s/@]{1,64}(?:@|%40)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,5}\.[a-z]{2,24}\b/gi;

const TOKENS: readonly RegExp[] = [
  // JSON Web Tokens: two parts at least, the first of which is JSON that starts with {".
  /\beyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?/g,
  // What vendors start their keys with, so that they are found: GitHub, GitLab, Slack, AWS, Stripe, OpenAI, npm.
  /\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abeoprs]-|AKIA|ASIA|(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?|npm_)[\w-]{10,}/g,
  /\b(?:bearer|basic|token)[ :=]+[\w.~+/=-]{8,}/gi,
  // Ids: UUIDs, 16 hexadecimal digits and more, 6 decimal ones and more.
  /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi,
  /\b(?=[a-f]*\d)[0-9a-f]{16,}\b/gi,
  /\b\d{6,}\b/g,
];

const WORDS = /[A-Za-z0-9_+=-]{20,}/g;

/**
 * Base 64, base 62, ULIDs and the like change between lower case, upper case and digits at almost every second
 * character. Names change at the beginning of words only, hold few digits, and seldom two capitals in a row.
 */
function looksRandom(word: string): boolean {
  const kinds = Array.from(word.replace(/[_+=-]/g, ""), kindOf);
  const count = (is: (kind: Kind, before: Kind | undefined) => boolean) =>
    kinds.filter((kind, index) => is(kind, kinds[index - 1])).length;
  const digits = count((kind) => kind === "digit");
  const capitalPairs = count((kind, before) => kind === "upper" && before === "upper");
  const changes = count((kind, before) => before !== undefined && kind !== before);
  const digitChanges = count(
    (kind, before) => before !== undefined && kind !== before && (kind === "digit" || before === "digit"),
  );
  if (changes >= 0.35 * word.length && (digits >= 2 || capitalPairs >= 2)) return true;
  return digitChanges >= Math.max(6, 0.25 * word.length);
}

type Kind = "digit" | "upper" | "lower";

function kindOf(character: string): Kind {
  if (character >= "0" && character <= "9") return "digit";
  return character >= "A" && character <= "Z" ? "upper" : "lower";
}
