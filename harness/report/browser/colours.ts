let styles = getComputedStyle(document.documentElement);
const cache = new Map<string, string>();

/** A colour of the style sheet by its name without `--plot-`; a canvas knows no variables. */
export function colour(name: string): string {
  const known = cache.get(name);
  if (known !== undefined) {
    return known;
  }
  const value = styles.getPropertyValue(`--plot-${name}`).trim();
  cache.set(name, value);
  return value;
}

/** The same at a tenth of its strength or so, for areas. */
export function pale(name: string, share: number): string {
  const hex = colour(name);
  const alpha = Math.round(share * 255)
    .toString(16)
    .padStart(2, "0");
  return /^#[0-9a-f]{6}$/i.test(hex) ? hex + alpha : hex;
}

/** After the scheme has changed. */
export function readColours(): void {
  styles = getComputedStyle(document.documentElement);
  cache.clear();
}
