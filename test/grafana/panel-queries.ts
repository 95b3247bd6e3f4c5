/** Reads the generated dashboards as Grafana does: which queries they have, and what becomes of the `$` in them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../e2e/cli.ts";

export interface PanelQuery {
  /** "proofload-live / Requests / A" */
  readonly name: string;
  readonly query: string;
  readonly format: "time_series" | "table";
}

export interface VariableModel {
  readonly name: string;
  readonly type: string;
  readonly query: string;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue?: string;
  readonly current?: { readonly value: string | readonly string[] };
}

export interface DashboardModel {
  readonly uid: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly {
      readonly refId: string;
      readonly query: string;
      readonly resultFormat: "time_series" | "table";
    }[];
  }[];
  readonly templating: { readonly list: readonly VariableModel[] };
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly target: { readonly query: string } }[];
  };
}

export async function readDashboard(uid: string): Promise<DashboardModel> {
  return JSON.parse(await readFile(join(ROOT, "dashboards", "generated", `${uid}.json`), "utf8"));
}

export function panelQueries({ uid, panels }: DashboardModel): PanelQuery[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ refId, query, resultFormat }) => ({
      name: `${uid} / ${title} / ${refId}`,
      query,
      format: resultFormat,
    })),
  );
}

/** What is chosen in the drop-down lists: one value, several, or all of them. */
export type Chosen = Readonly<Record<string, string | readonly string[]>>;

export const ALL = "$__all";

export interface Moment {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly intervalMs: number;
}

/**
 * What Grafana sends to the database. The variables are its front end's work (`${name:regex}`: every character with a
 * meaning in a regular expression, and the slash, is escaped; several values become `(a|b)`; all of them become the
 * variable's `allValue` as it is), the macros that of the data source's back end.
 */
export function interpolate(text: string, variables: readonly VariableModel[], chosen: Chosen, moment: Moment): string {
  const { from, to, intervalMs } = moment;
  const filled = text.replaceAll(/\$\{(\w+):(\w+)\}/g, (_, name: string, format: string) => {
    const variable = variables.find((one) => one.name === name);
    const value = chosen[name];
    if (variable === undefined || value === undefined) throw new Error(`nothing is chosen for ${name}`);
    if (value === ALL) return variable.allValue ?? "";
    if (format === "raw") return String(value);
    if (format !== "regex") throw new Error(`format ${format}`);
    const values = [value].flat().map((one) => one.replace(/[\\^$*+?.()|[\]{}/]/g, "\\$&"));
    return values.length === 1 ? (values[0] ?? "") : `(${values.join("|")})`;
  });
  return filled
    .replaceAll("$timeFilter", `time >= ${from}ms and time <= ${to}ms`)
    .replaceAll("$__interval_ms", String(intervalMs))
    .replaceAll("$__interval", duration(intervalMs));
}

/** As Grafana writes an interval. */
function duration(ms: number): string {
  const units = [
    ["w", 7 * 86_400_000],
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const;
  const [unit, length] = units.find(([, one]) => ms >= one && ms % one === 0) ?? ["ms", 1];
  return `${ms / length}${unit}`;
}
