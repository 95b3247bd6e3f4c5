import type { ScenarioRecord } from "../collect/record.ts";
import type { BudgetVerdict, ScenarioVerdict } from "../verdict/verdict.ts";
import type { Painter, Palette } from "./ansi.ts";
import { formatCount, formatMargin, formatValue } from "./format.ts";
import { colourOf, SYMBOLS } from "./marks.ts";
import { cutTo, plain, widthOf } from "./plain.ts";
import { budgetLabel, endpointRows, measuredLabel, scenarioBudgets, shortBudgetLabel, totalsOf } from "./view.ts";

interface Row {
  readonly mark: string;
  readonly name: string;
  readonly budget: string;
  /** Measured, margin, requests, errors: set to the right. */
  readonly figures: readonly string[];
  readonly colour: Painter;
  readonly dim: boolean;
}

const HEADER = ["MEASURED", "MARGIN", "REQUESTS", "ERRORS"] as const;
const GAP = 2;

/** Endpoints with their budgets, the scenario's own budgets, and the warm-up as a line of its own. */
export function terminalTable(
  scenario: ScenarioVerdict,
  record: ScenarioRecord | undefined,
  paint: Palette,
  columns: number,
): string[] {
  const rows = tableRows(scenario, record, paint, columns >= 110 ? budgetLabel : shortBudgetLabel);
  if (rows.length === 0) {
    return [];
  }
  const widths = HEADER.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => widthOf(row.figures[index] ?? ""))),
  );
  const figures = widths.reduce((total, width) => total + width + GAP, 0);
  const named = rows.filter((row) => row.name !== "" && row.budget !== "");
  const longestName = Math.max("ENDPOINT".length, ...named.map((row) => widthOf(row.name)));
  const longestBudget = Math.max(
    "BUDGET".length,
    ...rows.filter((row) => !spans(row)).map((row) => widthOf(row.budget)),
  );
  const room = columns - 4 - figures;
  const budget = Math.min(longestBudget, Math.max(room - GAP - longestName, Math.floor(room * 0.58)));
  const name = Math.min(longestName, room - GAP - budget);
  const spanned = Math.max(0, ...rows.filter(spans).map((row) => widthOf(row.name)));
  const left = Math.min(room, Math.max(name + GAP + budget, spanned));
  const line = (cells: string, values: readonly string[]) =>
    `${cells}${values.map((value, index) => value.padStart((widths[index] ?? 0) + GAP + value.length - widthOf(value))).join("")}`;
  const header = line(pad(`${pad("ENDPOINT", name)}${" ".repeat(GAP)}BUDGET`, left), HEADER);
  return [
    `    ${paint.dim(header)}`,
    ...rows.map((row) => {
      const cells = spans(row)
        ? pad(cutTo(row.name, left), left)
        : pad(`${pad(cutTo(row.name, name), name)}${" ".repeat(GAP)}${cutTo(row.budget, budget)}`, left);
      const text = line(cells, row.figures).trimEnd();
      return `  ${row.colour(row.mark)} ${row.dim ? paint.dim(text) : row.mark === SYMBOLS.FAIL ? row.colour(text) : text}`;
    }),
  ];
}

/** A name without a budget may use the budget's column too. */
function spans(row: Row): boolean {
  return row.budget === "" && row.name !== "";
}

function tableRows(
  scenario: ScenarioVerdict,
  record: ScenarioRecord | undefined,
  paint: Palette,
  label: (budget: BudgetVerdict["budget"]) => string,
): Row[] {
  // Figures of an instrument that was not sound prove nothing: no tick, no cross.
  const proves = scenario.kind !== "INVALID";
  const judged = (verdict: BudgetVerdict, name: string, budget: string, counts: readonly string[]): Row => ({
    mark: proves ? SYMBOLS[verdict.kind] : "·",
    name,
    budget,
    figures: [measuredLabel(verdict), formatMargin(verdict.margin), ...counts],
    colour: proves ? colourOf(verdict.kind, paint) : paint.dim,
    dim: !proves || verdict.kind === "NOT_COMPARABLE",
  });
  const plainRow = (name: string, counts: readonly string[]): Row => ({
    mark: " ",
    name,
    budget: "",
    figures: ["", "", ...counts],
    colour: paint.dim,
    dim: true,
  });
  /** Nothing was promised, and the figure is of interest all the same. */
  const unjudged = (name: string, p95: number | undefined, counts: readonly string[]): Row => {
    const row = plainRow(name, counts);
    return p95 === undefined ? row : { ...row, budget: "p95", figures: [formatValue(p95, "ms"), "", ...counts] };
  };
  const ofEndpoints = endpointRows(scenario, record).flatMap(({ endpoint, record: measured, budgets }) => {
    const name = plain(endpoint, 60);
    const errors = (measured?.failed ?? 0) + (measured?.dropped ?? 0);
    const counts = [formatCount(measured?.requests ?? 0), formatCount(errors)];
    return budgets.length === 0
      ? [unjudged(name, measured?.latency?.p95, counts)]
      : budgets.map((verdict, index) =>
          judged(verdict, index === 0 ? name : "", plain(label(verdict.budget), 60), index === 0 ? counts : ["", ""]),
        );
  });
  const ofScenario = scenarioBudgets(scenario).map((verdict) =>
    judged(verdict, plain(budgetLabel(verdict.budget), 60), "", ["", ""]),
  );
  const warmup = record?.endpoints.filter((endpoint) => endpoint.phase === "warmup") ?? [];
  const { requests, failed, dropped } = totalsOf(warmup);
  return [
    ...ofEndpoints,
    ...ofScenario,
    ...(warmup.length === 0
      ? []
      : [plainRow("warm-up, not judged", [formatCount(requests), formatCount(failed + dropped)])]),
  ];
}

function pad(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - widthOf(text)));
}
