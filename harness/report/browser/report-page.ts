/**
 * The report's program: draws the plots, and nothing else; all text of the page is there without it. It runs under a
 * policy that allows no other script, no inline style and no request. Text only ever goes into a page as text.
 */
import type uPlot from "uplot";
import type { PlotSpec } from "../plots/plot-spec.ts";
import { readColours } from "./colours.ts";
import { drawPlot } from "./draw-plot.ts";

declare global {
  /** What is drawn, by id: for tests, and for people with the developer tools open. */
  var proofloadPlots: Record<string, uPlot>;
}

globalThis.proofloadPlots = Object.create(null);

const specs = new Map(readSpecs().map((spec) => [spec.id, spec]));
const places = [...document.querySelectorAll<HTMLElement>("[data-plot]")];

// A run of many scenarios has hundreds of plots: each is drawn shortly before it is seen.
const nearby = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting && entry.target instanceof HTMLElement) {
        draw(entry.target);
      }
    }
  },
  { rootMargin: "500px 0px" },
);

const resized = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const plot = target instanceof HTMLElement ? globalThis.proofloadPlots[target.dataset["plot"] ?? ""] : undefined;
    if (plot !== undefined && Math.abs(plot.width - contentRect.width) >= 1) {
      plot.setSize({ width: contentRect.width, height: plot.height });
    }
  }
});

for (const place of places) {
  nearby.observe(place);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
// On paper there is no dark scheme, and nobody scrolls.
addEventListener("beforeprint", () => {
  document.documentElement.dataset["scheme"] = "light";
  places.forEach(draw);
  redraw();
});
addEventListener("afterprint", () => {
  document.documentElement.removeAttribute("data-scheme");
  redraw();
});

function readSpecs(): readonly PlotSpec[] {
  const text = document.getElementById("plots")?.textContent;
  return text === undefined ? [] : JSON.parse(text);
}

function draw(place: HTMLElement): void {
  nearby.unobserve(place);
  const spec = specs.get(place.dataset["plot"] ?? "");
  if (spec !== undefined && globalThis.proofloadPlots[spec.id] === undefined) {
    globalThis.proofloadPlots[spec.id] = drawPlot(place, spec);
    resized.observe(place);
  }
}

function redraw(): void {
  readColours();
  for (const plot of Object.values(globalThis.proofloadPlots)) {
    plot.redraw();
  }
}
