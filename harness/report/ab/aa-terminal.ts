import type { AaCalibration, FigureNoise, Rate, Spread } from "../../verdict/ab/calibration.ts";
import { palette } from "../ansi.ts";
import { formatValue } from "../format.ts";
import { plain, widthOf, wrap } from "../plain.ts";
import type { TerminalOptions } from "../terminal.ts";

/** What equal builds against each other said, for a terminal. */
export function renderAaTerminal(
  calibration: AaCalibration,
  options: Pick<TerminalOptions, "colour" | "columns"> & { readonly margin: number },
): string {
  const paint = palette(options.colour);
  const columns = Math.min(140, Math.max(60, options.columns));
  const wrapped = (text: string, painter = (line: string) => line) =>
    wrap(plain(text, 600), columns - 4).map((line) => `    ${painter(line)}`);
  const { live, resampled, noise, canaryP99, startLagP99 } = calibration;
  const lines = [
    `  ${paint.bold(`proofload aa ${plain(calibration.scenario, 40)}`)}`,
    ...wrapped(`comparisons of equal builds: ${live.regressed.of}; sound starts: ${calibration.starts}`, paint.dim),
    "",
    `  ${paint.bold("False alarms")}`,
    ...wrapped(
      `false REGRESSED: ${rateText(live.regressed)} live, ${rateText(resampled.regressed)} resampled by start`,
    ),
    ...wrapped(`INCONCLUSIVE: ${rateText(live.inconclusive)} live, ${rateText(resampled.inconclusive)} resampled`),
    "",
    `  ${paint.bold("Noise from start to start, and what it allows")}`,
    ...noiseTable(noise, options.margin, paint.dim),
    "",
    `  ${paint.bold("Instrument")}`,
    ...spreadLines("canary p99", canaryP99),
    ...spreadLines("start lag p99", startLagP99),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

/** "0 of 20 (interval 0–16.8 %)" */
export function rateText({ count, of, lower, upper }: Rate): string {
  return `${count} of ${of} (${percent(lower)}–${percent(upper)} %)`;
}

function percent(share: number): string {
  return String(Number((share * 100).toPrecision(3)));
}

function noiseTable(noise: readonly FigureNoise[], margin: number, dim: (text: string) => string): string[] {
  const head = ["FIGURE", "NOISE", "STARTS", "FAR OFF", `NEEDED FOR ±${percent(margin)} %`, "MARGIN"];
  const rows = noise.map(({ name, gated, spread, starts, outliers, startsNeeded, margin: narrowest }) => [
    `${plain(name, 70)}${gated ? "" : " (advisory)"}`,
    formatValue(Number(spread.toPrecision(2)), "ratio"),
    String(starts),
    String(outliers),
    startsNeeded === undefined ? "never" : String(startsNeeded),
    Number.isFinite(narrowest) ? `±${formatValue(Number(narrowest.toPrecision(2)), "ratio")}` : "–",
  ]);
  const widths = head.map((title, index) => Math.max(...[head, ...rows].map((row) => widthOf(row[index] ?? title))));
  const line = (cells: readonly string[]) =>
    `    ${cells
      .map((cell, index) => {
        const gap = " ".repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)));
        return index === 0 ? cell + gap : gap + cell;
      })
      .join("  ")}`;
  return [dim(line(head)), ...rows.map(line)];
}

function spreadLines(name: string, spread: Spread | undefined): string[] {
  if (spread === undefined) return [`    ${name}: not measured`];
  const { p50, p95, max, limit } = spread;
  const ms = (value: number) => formatValue(value, "ms");
  return [`    ${name}: median ${ms(p50)}, p95 ${ms(p95)}, largest ${ms(max)}; recommended limit ${ms(limit)}`];
}
