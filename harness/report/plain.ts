/**
 * Names come from scripts, from k6 and from the service under test: they are hostile input. What every text renderer
 * puts out goes through here first; escaping for its own format comes after that.
 */

/** Longest name that is worth reading; a URL of 64 KiB is not. */
const LONGEST = 120;

// What could move the cursor, start a new line or turn the reading direction: C0 and C1 controls, line and paragraph
// separators, bidirectional marks, zero-width characters, tag characters, and halves of surrogate pairs.
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;
// More than two combining marks on one letter only serve to paint over the lines above and below.
const STACKED_MARKS = /(\p{M}{2})\p{M}+/gu;

/** One line of visible characters, at most `longest` of them; what was taken away shows as "�" or "…". */
export function plain(text: string, longest = LONGEST): string {
  return visible(text, longest).trim();
}

/** The same with the blanks at both ends. */
export function visible(text: string, longest = LONGEST): string {
  // Cut first: a hostile text may be megabytes long.
  const head = text.length > longest * 4 ? text.slice(0, longest * 4) : text;
  const clean = [...head.replace(/\s+/gu, " ").replace(DANGEROUS, "�").replace(STACKED_MARKS, "$1")];
  const shortened = clean.length > longest || head.length < text.length;
  return shortened ? `${clean.slice(0, longest - 1).join("")}…` : clean.join("");
}

/** Terminal cells that a text takes; wide for East Asian letters and emoji, none for combining marks. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Cut to so many cells, with "…" where something is missing. */
export function cutTo(text: string, cells: number): string {
  if (widthOf(text) <= cells) {
    return text;
  }
  let kept = "";
  let width = 1;
  for (const character of text) {
    width += widthOf(character);
    if (width > cells) {
      break;
    }
    kept += character;
  }
  return cells < 1 ? "" : `${kept}…`;
}

const NUMBER_AND_UNIT = /(\d) (%|ms|s|min|h|[KMG]?B)(?!\w)/g;

/** Broken at blanks into lines of at most `cells`; a longer word is cut, and a unit stays with its number. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const kept of text.replace(NUMBER_AND_UNIT, "$1\u00a0$2").split(" ")) {
    const word = kept.replaceAll("\u00a0", " ");
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= cells) {
      line = longer;
    } else {
      if (line !== "") lines.push(line);
      line = cutTo(word, cells);
    }
  }
  return line === "" ? lines : [...lines, line];
}
