import type uPlot from "uplot";
import type { PlotLimit, PlotSpec } from "../plots/plot-spec.ts";
import { colour } from "./colours.ts";

const FONT_PX = 10.5;

/** The warm-up, and where a budget is broken: behind everything else. */
export function drawShade(plot: uPlot, spec: PlotSpec): void {
  const { ctx, bbox } = plot;
  ctx.save();
  clip(plot);
  if (spec.shade !== undefined) {
    const [from, to] = spec.shade.map((second) => plot.valToPos(second, "x", true));
    ctx.fillStyle = colour("shade");
    ctx.fillRect(from ?? 0, bbox.top, (to ?? 0) - (from ?? 0), bbox.height);
    const ratio = plot.width === 0 ? 1 : ctx.canvas.width / plot.width;
    if ((to ?? 0) - (from ?? 0) > 46 * ratio) {
      ctx.fillStyle = colour("axis");
      ctx.font = `${FONT_PX * ratio}px system-ui, sans-serif`;
      ctx.fillText("warm-up", (from ?? 0) + 4 * ratio, bbox.top + 11 * ratio);
    }
  }
  for (const limit of spec.limits.filter(
    (each) => each.axis === "y" && each.level === "max" && each.until !== undefined,
  )) {
    ctx.fillStyle = colour("forbidden");
    const right = plot.valToPos(limit.until ?? 0, "x", true);
    const bottom = plot.valToPos(limit.value, "y", true);
    ctx.fillRect(bbox.left, bbox.top, right - bbox.left, Math.max(0, bottom - bbox.top));
  }
  ctx.restore();
}

/** Limits and marks, on top, each with its label; a limit outside the picture is an arrow at its edge. */
export function drawLimits(plot: uPlot, spec: PlotSpec): void {
  const { ctx } = plot;
  const ratio = ctx.canvas.width / plot.width;
  ctx.save();
  ctx.font = `${FONT_PX * ratio}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;
  ctx.lineWidth = 1.2 * ratio;
  const taken: Box[] = [];
  for (const limit of [...spec.limits].sort((a, b) => b.value - a.value)) {
    ctx.strokeStyle = colour(limit.level === "mark" ? "axis" : limit.level);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.setLineDash(
      limit.level === "max" ? [] : limit.level === "target" ? [6 * ratio, 4 * ratio] : [2 * ratio, 3 * ratio],
    );
    (limit.axis === "y" ? drawAcross : drawUpright)(plot, limit, ratio, taken);
  }
  ctx.restore();
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function drawAcross(plot: uPlot, limit: PlotLimit, ratio: number, taken: Box[]): void {
  const { bbox } = plot;
  const y = plot.valToPos(limit.value, "y", true);
  const right = bbox.left + bbox.width;
  if (y < bbox.top || y > bbox.top + bbox.height) {
    const text = `${y < bbox.top ? "↑" : "↓"} ${limit.label}`;
    label(plot, text, right - 3 * ratio, bbox.top - 3 * ratio, "right", ratio, taken);
    return;
  }
  const end = limit.until === undefined ? right : Math.min(right, plot.valToPos(limit.until, "x", true));
  line(plot, [bbox.left, y], [end, y]);
  if (limit.until !== undefined) {
    line(plot, [end, y], [end, limit.level === "max" ? bbox.top : y - 8 * ratio]);
  }
  // Words that do not fit left of the line's end begin where the line begins.
  const short = limit.until !== undefined && plot.ctx.measureText(limit.label).width + 8 * ratio > end - bbox.left;
  const place = short ? bbox.left + 4 * ratio : end - (limit.until === undefined ? 3 : 4) * ratio;
  label(plot, limit.label, place, y - 3 * ratio, short ? "left" : "right", ratio, taken);
}

function drawUpright(plot: uPlot, limit: PlotLimit, ratio: number, taken: Box[]): void {
  const { bbox } = plot;
  const x = plot.valToPos(limit.value, "x", true);
  const right = bbox.left + bbox.width;
  if (x < bbox.left || x > right) {
    label(plot, `${limit.label} →`, right - 3 * ratio, bbox.top + 9 * ratio, "right", ratio, taken);
    return;
  }
  line(plot, [x, bbox.top], [x, bbox.top + bbox.height]);
  const roomRight = right - x > 92 * ratio;
  label(
    plot,
    limit.label,
    x + (roomRight ? 3 : -3) * ratio,
    bbox.top + 9 * ratio,
    roomRight ? "left" : "right",
    ratio,
    taken,
  );
}

function line(plot: uPlot, from: readonly [number, number], to: readonly [number, number]): void {
  const { ctx } = plot;
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

/** Moved down, line by line, until it covers no other label. */
function label(
  plot: uPlot,
  text: string,
  x: number,
  y: number,
  align: "left" | "right",
  ratio: number,
  taken: Box[],
): void {
  const { ctx } = plot;
  const width = ctx.measureText(text).width;
  const height = (FONT_PX + 2) * ratio;
  const box = (bottom: number): Box => ({
    left: align === "left" ? x : x - width,
    right: align === "left" ? x + width : x,
    top: bottom - height,
    bottom,
  });
  let place = box(y);
  for (let step = 1; step <= 8 && taken.some((other) => overlap(place, other)); step++) {
    place = box(y + step * height);
  }
  taken.push(place);
  ctx.textAlign = align;
  ctx.textBaseline = "bottom";
  // A rim in the colour of the ground keeps the words readable on top of lines.
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineJoin = "round";
  ctx.lineWidth = 3.5 * ratio;
  ctx.strokeStyle = colour("ground");
  ctx.strokeText(text, x, place.bottom);
  ctx.restore();
  ctx.fillText(text, x, place.bottom);
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function clip(plot: uPlot): void {
  const { left, top, width, height } = plot.bbox;
  plot.ctx.beginPath();
  plot.ctx.rect(left, top, width, height);
  plot.ctx.clip();
}
