/** The drop-down lists at the top of the dashboards, each narrowed by the ones before it. */
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { MeasurementName } from "../harness/collect/influx/measurements.ts";
import { type Condition, chosen, type TagOf, tagValues } from "./influx-query.ts";

type Variable = Builder<VariableModel>;

/** The data source that provisioning makes; alert rules, which have no variables, name it by this. */
export const DATASOURCE_UID = "proofload-influxdb";

export const DATASOURCE = { type: "influxdb", uid: `\${datasource}` } as const;

export function datasourceVariable(): Variable {
  return new DatasourceVariableBuilder("datasource")
    .label("Database")
    .description("The InfluxDB that the runs were streamed to.")
    .type("influxdb")
    .current({ text: "proofload", value: DATASOURCE_UID });
}

interface TagVariable<M extends MeasurementName> {
  readonly name: TagOf<M>;
  readonly label: string;
  readonly about: string;
  readonly of: M;
  readonly after?: readonly Condition<TagOf<M>>[];
  /** "one": a single value; "any": several or all, all unless chosen; "several": several, the first unless chosen. */
  readonly choice: "one" | "oneOrAll" | "any" | "several";
  readonly newestFirst?: boolean;
}

/** Choosing all of them is a pattern that everything matches, points without the tag included, not a list of names. */
const ALL = { text: "All", value: "$__all" };

export function tagVariable<M extends MeasurementName>(variable: TagVariable<M>): Variable {
  const { name, label, about, of, after = [], choice, newestFirst = false } = variable;
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .description(about)
    .datasource(DATASOURCE)
    .query(tagValues(name, of, ...after))
    .refresh(VariableRefresh.OnTimeRangeChanged)
    // Ids of runs begin with the time: the last in the alphabet is the newest.
    .sort(newestFirst ? VariableSort.AlphabeticalDesc : VariableSort.AlphabeticalAsc)
    .multi(choice === "any" || choice === "several");
  return choice === "any" || choice === "oneOrAll" ? builder.includeAll(true).allValue(".*").current(ALL) : builder;
}

/** Measurements that a dashboard finds its runs in. */
type OfRun = "iterations" | "resources" | "summary";

export function targetVariable(of: OfRun): Variable {
  return tagVariable({ name: "target", label: "Target", about: "The system under test.", of, choice: "oneOrAll" });
}

/** Of the chosen target. */
export function runVariable(of: OfRun): Variable {
  return tagVariable({
    name: "run",
    label: "Run",
    about: "The id of the run; the newest comes first.",
    of,
    after: [chosen("target")],
    choice: "one",
    newestFirst: true,
  });
}

/** A choice among fixed words. */
export interface FixedChoice<Value extends string> {
  readonly name: string;
  readonly label: string;
  readonly about: string;
  readonly values: readonly Value[];
  readonly chosen: readonly Value[];
  readonly multi: boolean;
}

export function fixedVariable<Value extends string>(choice: FixedChoice<Value>): Variable {
  const { name, label, about, values, chosen, multi } = choice;
  const current = multi ? [...chosen] : (chosen[0] ?? "");
  return new CustomVariableBuilder(name)
    .label(label)
    .description(about)
    .values(values.join(","))
    .options(values.map((value) => ({ text: value, value, selected: chosen.includes(value) })))
    .current({ text: current, value: current })
    .multi(multi);
}

export const PHASE = {
  name: "phase",
  label: "Phase",
  about: "The phase of the run that the samples belong to.",
  values: ["measured", "warmup", "setup", "canary"],
  chosen: ["measured", "warmup"],
  multi: true,
} as const satisfies FixedChoice<string>;

/** Statistics that a second of load has. */
export const WINDOW_STATISTIC = {
  name: "statistic",
  label: "Statistic",
  about: "Which statistic of latency is drawn, and whose budget.",
  values: ["p50", "p90", "p95", "p99", "max"],
  chosen: ["p95"],
  multi: false,
} as const satisfies FixedChoice<string>;

/** Statistics that a whole run has, exact. */
export const RUN_STATISTIC = {
  ...WINDOW_STATISTIC,
  values: ["p50", "p90", "p95", "p99", "mean", "max"],
} as const satisfies FixedChoice<string>;
