/** Colours of a terminal; without colour every painter gives its text back. */
export type Painter = (text: string) => string;

export interface Palette {
  readonly bold: Painter;
  readonly dim: Painter;
  readonly red: Painter;
  readonly green: Painter;
  readonly yellow: Painter;
  readonly magenta: Painter;
  readonly cyan: Painter;
}

export function palette(colour: boolean): Palette {
  const painter =
    (on: number, off: number): Painter =>
    (text) =>
      colour && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: painter(1, 22),
    dim: painter(2, 22),
    red: painter(31, 39),
    green: painter(32, 39),
    yellow: painter(33, 39),
    magenta: painter(35, 39),
    cyan: painter(36, 39),
  };
}
