import type { Unit } from "../../plan/metrics.ts";
import { formatValue } from "../format.ts";
import { plain } from "../plain.ts";
import type { ChangedFrame } from "./profile-difference.ts";
import type { Frame } from "./profile-frames.ts";

const WIDTH = 1200;
const ROW = 18;
const HEAD = 34;
/** Narrower frames cannot be seen, and there may be tens of thousands. */
const LEAST_WIDTH = 0.6;
const CHARACTER = 6.6;

/**
 * A flame graph as one SVG file without a script: callers below what they call, as wide as their share. The name, the
 * place and the figure of a frame show when the pointer rests on it. https://www.brendangregg.com/flamegraphs.html
 */
export function renderFlamegraph(root: Frame, unit: Unit): string {
  return drawn(root, {
    title: `${formatValue(root.value, unit)} in all; callers below what they call`,
    colour,
    said: ({ value }) => {
      const share = root.value === 0 ? 0 : value / root.value;
      return `${formatValue(value, unit)}, ${formatValue(share, "ratio")}`;
    },
  });
}

/**
 * Head as a flame graph, as wide as it is there; red where a function's own time grew against base, blue where it shrank,
 * the stronger the more. https://www.brendangregg.com/blog/2014-11-09/differential-flame-graphs.html
 */
export function renderDifference(root: ChangedFrame, unit: Unit): string {
  const most = largestChange(root);
  return drawn(root, {
    title: `head ${formatValue(root.value, unit)}, base ${formatValue(root.before, unit)} per request; red has grown, blue has shrunk`,
    colour: ({ own, ownBefore }) => changeColour(most === 0 ? 0 : (own - ownBefore) / most),
    said: ({ value, before, own, ownBefore }) =>
      `head ${formatValue(value, unit)}, base ${formatValue(before, unit)}; by itself ${formatValue(own, unit)}, base ${formatValue(ownBefore, unit)}`,
  });
}

interface Look<One extends Frame> {
  readonly title: string;
  readonly colour: (frame: One) => string;
  /** What is said of a frame beside its name and place. */
  readonly said: (frame: One) => string;
}

function drawn<One extends Frame & { readonly children: readonly One[] }>(root: One, look: Look<One>): string {
  const boxes = laidOut(root);
  const rows = Math.max(1, ...boxes.map((box) => box.depth + 1));
  const height = HEAD + rows * ROW + 10;
  const shapes = boxes.map(({ frame, depth, x, width }) => {
    const y = height - 10 - (depth + 1) * ROW;
    const said = `${frame.name}${frame.place === "" ? "" : ` (${frame.place})`}: ${look.said(frame)}`;
    const room = Math.floor((width - 6) / CHARACTER);
    const text = room < 3 ? "" : `<text x="${(x + 3).toFixed(1)}" y="${y + 13}">${escaped(frame.name, room)}</text>`;
    return `<g><title>${escaped(said, 300)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.4, width - 0.4).toFixed(1)}" height="${ROW - 1}" fill="${look.colour(frame)}"/>${text}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="ui-monospace, monospace" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="10" y="22" font-size="14">${escaped(look.title, 200)}</text>`,
    ...shapes,
    "</svg>",
    "",
  ].join("\n");
}

/** Of a function's own time, anywhere in the tree. */
function largestChange(root: ChangedFrame): number {
  let most = 0;
  const waiting = [root];
  for (let frame = waiting.pop(); frame !== undefined; frame = waiting.pop()) {
    most = Math.max(most, Math.abs(frame.own - frame.ownBefore));
    waiting.push(...frame.children);
  }
  return most;
}

/** From −1 (blue) over 0 (nearly white) to 1 (red). */
function changeColour(change: number): string {
  const lightness = Math.round(95 - 40 * Math.sqrt(Math.abs(change)));
  return `hsl(${change > 0 ? 5 : 215} 85% ${lightness}%)`;
}

interface Box<One> {
  readonly frame: One;
  readonly depth: number;
  readonly x: number;
  readonly width: number;
}

/** Without recursion: a profile of deep recursion is deeper than our own stack. */
function laidOut<One extends Frame & { readonly children: readonly One[] }>(root: One): Box<One>[] {
  const boxes: Box<One>[] = [];
  const waiting: Box<One>[] = [{ frame: root, depth: 0, x: 0, width: WIDTH }];
  for (let box = waiting.pop(); box !== undefined; box = waiting.pop()) {
    boxes.push(box);
    let { x } = box;
    for (const child of [...box.frame.children].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const width = root.value === 0 ? 0 : (WIDTH * child.value) / root.value;
      if (width >= LEAST_WIDTH) {
        waiting.push({ frame: child, depth: box.depth + 1, x, width });
      }
      x += width;
    }
  }
  return boxes;
}

/** Warm colours as usual; the same function has the same one everywhere. Node's and V8's own are grey. */
function colour({ name, place }: Frame): string {
  if (name.startsWith("(") || /(^|\/)node:|^$/.test(place)) {
    return "#d0d3d8";
  }
  let hash = 0;
  for (const character of `${name}${place}`) {
    hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  }
  return `hsl(${15 + (hash % 40)} 85% ${62 + (hash % 17)}%)`;
}

function escaped(text: string, longest: number): string {
  return plain(text, longest).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
