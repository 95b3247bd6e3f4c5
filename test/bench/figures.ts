import { machineFacts } from "../../harness/environment/fingerprint/machine.ts";
import { machineLabel } from "../../harness/report/view.ts";

/** Median, and the smallest and largest value: what a benchmark prints of its rounds. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function figureOf(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return {
    median: ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

function figureText({ median, min, max }: Figure, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

/** One line of a benchmark's result: the figure beside the limit that it is held against. */
export interface Line {
  readonly name: string;
  readonly figure: Figure;
  readonly limit: string;
  readonly ok: boolean;
  readonly digits: number;
}

/** The lines, and the machine that they are true for. */
export function linesText(lines: readonly Line[]): string {
  const text = lines
    .map(
      ({ name, figure, limit, ok, digits }) =>
        `${ok ? "✓" : "✗"} ${name.padEnd(44)} ${figureText(figure, digits).padEnd(28)} ${limit}\n`,
    )
    .join("");
  return `${text}on ${machineLabel({ machine: machineFacts() })}\n`;
}
