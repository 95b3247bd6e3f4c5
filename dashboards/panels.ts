/** The kinds of panels, in the house style: each has a unit, says what it shows, and what would fill it when empty. */
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  HeatmapCellLayout,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type {
  DataTransformerConfig,
  DynamicConfigValue,
  Panel,
  ThresholdsConfig,
  ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { MappingType, ThresholdsConfigBuilder, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import * as trend from "@grafana/grafana-foundation-sdk/trend";
import { DATASOURCE } from "./variables.ts";

/** A query of a panel before it has its letter. */
export interface Query {
  readonly select: { readonly text: string };
  /** How a series is called: "$tag_endpoint", "$col", or a text. */
  readonly alias?: string;
}

export interface PanelSpec {
  readonly title: string;
  /** What it shows, how it is computed, and what it is good for. */
  readonly about: string;
  /** Grafana's unit id. */
  readonly unit: string;
  /** Shown instead of "No data": what would fill the panel. */
  readonly empty: string;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width: number;
  /** In rows of 30 pixels. */
  readonly height?: number;
  readonly decimals?: number;
  readonly least?: number;
  readonly most?: number;
  readonly transformations?: readonly DataTransformerConfig[];
  readonly overrides?: readonly Override[];
}

export interface Override {
  /** Regular expression over the names of series or columns. */
  readonly named: string;
  readonly properties: readonly DynamicConfigValue[];
}

export interface Placed {
  readonly panel: PanelBuilder;
  readonly width: number;
  readonly height: number;
}

export interface PanelBuilder extends Builder<Panel> {
  id(id: number): this;
  gridPos(position: { x: number; y: number; w: number; h: number }): this;
}

interface HousePanelBuilder extends PanelBuilder {
  title(title: string): this;
  description(description: string): this;
  datasource(reference: { type?: string; uid?: string }): this;
  unit(unit: string): this;
  decimals(decimals: number): this;
  min(min: number): this;
  max(max: number): this;
  noValue(text: string): this;
  interval(interval: string): this;
  withTarget(target: Builder<Dataquery>): this;
  withTransformation(transformation: DataTransformerConfig): this;
  overrideByRegexp(regexp: string, properties: DynamicConfigValue[]): this;
  thresholds(thresholds: Builder<ThresholdsConfig>): this;
}

/** The data source names each column of a matrix after the values in it; what tells them apart is the run. */
const FIELD_NAME = `\${__field.name}`;

type ResultFormat = "time_series" | "table";

/** The InfluxDB data source's own query model, for which the SDK has no builder. */
class InfluxTarget implements Builder<Dataquery> {
  readonly #model: object;

  constructor(refId: string, query: Query, resultFormat: ResultFormat) {
    this.#model = {
      refId,
      datasource: DATASOURCE,
      rawQuery: true,
      resultFormat,
      query: query.select.text,
      ...(query.alias === undefined ? {} : { alias: query.alias }),
    };
  }

  build(): Dataquery {
    // The mark of the variant is a function, which JSON leaves out.
    return { ...this.#model, _implementsDataqueryVariant() {} };
  }
}

function inHouseStyle<B extends HousePanelBuilder>(builder: B, spec: PanelSpec, format: ResultFormat): B {
  const { title, about, unit, empty, queries, decimals, least, most, transformations = [], overrides = [] } = spec;
  builder
    .title(title)
    .description(about)
    .datasource(DATASOURCE)
    .unit(unit)
    .noValue(empty)
    // Nothing is written more often than once a second.
    .interval("1s")
    // Grafana's own default paints a value red above 80, whatever it means.
    .thresholds(steps(["green", null]));
  if (decimals !== undefined) builder.decimals(decimals);
  if (least !== undefined) builder.min(least);
  if (most !== undefined) builder.max(most);
  for (const [index, query] of queries.entries()) {
    builder.withTarget(new InfluxTarget(String.fromCharCode("A".charCodeAt(0) + index), query, format));
  }
  for (const transformation of transformations) builder.withTransformation(transformation);
  for (const { named, properties } of overrides) builder.overrideByRegexp(named, [...properties]);
  return builder;
}

function steps(...colours: readonly (readonly [colour: string, from: number | null])[]) {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(colours.map(([color, value]) => ({ color, value })));
}

function place(panel: PanelBuilder, spec: PanelSpec, height: number): Placed {
  return { panel, width: spec.width, height: spec.height ?? height };
}

function legend() {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
}

function tooltip() {
  return new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
}

/** A limit of the plan: dashed and red, whatever the palette says. */
const BUDGET_LINE: Override = {
  named: "/^budget/",
  properties: [
    { id: "color", value: { mode: "fixed", fixedColor: "red" } },
    { id: "custom.lineStyle", value: { fill: "dash", dash: [8, 6] } },
    { id: "custom.lineWidth", value: 2 },
    { id: "custom.fillOpacity", value: 0 },
    { id: "custom.showPoints", value: "never" },
    // A limit is written every ten seconds and holds in between.
    { id: "custom.spanNulls", value: true },
  ],
};

export function lines(spec: PanelSpec): Placed {
  const builder = new timeseries.PanelBuilder()
    .legend(legend())
    .tooltip(tooltip())
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(6)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(3000);
  return place(
    inHouseStyle(builder, { ...spec, overrides: [BUDGET_LINE, ...(spec.overrides ?? [])] }, "time_series"),
    spec,
    8,
  );
}

/** Points of runs: a line between commits is for the eye, the points are what was measured. */
export function history(spec: PanelSpec): Placed {
  const builder = new timeseries.PanelBuilder()
    .legend(legend())
    .tooltip(tooltip())
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .showPoints(VisibilityMode.Always)
    .pointSize(6)
    .spanNulls(true);
  return place(
    inHouseStyle(builder, { ...spec, overrides: [BUDGET_LINE, ...(spec.overrides ?? [])] }, "time_series"),
    spec,
    9,
  );
}

export function stackedBars(spec: PanelSpec): Placed {
  const builder = new timeseries.PanelBuilder()
    .legend(legend())
    .tooltip(tooltip())
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(70)
    .lineWidth(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
  return place(inHouseStyle(builder, spec, "time_series"), spec, 8);
}

/** One figure over the whole time range; `reduce` says how the intervals become one. */
export function figure(spec: PanelSpec & { readonly reduce: "sum" | "lastNotNull" | "max" | "mean" }): Placed {
  const builder = new stat.PanelBuilder()
    .colorMode(BigValueColorMode.None)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs([spec.reduce]).fields("").values(false));
  return place(inHouseStyle(builder, spec, "time_series"), spec, 4);
}

/** Requests by second and latency: each bucket is a series, named after its upper edge in milliseconds. */
export function heat(spec: PanelSpec): Placed {
  const builder = new heatmap.PanelBuilder()
    .calculate(false)
    .rowsFrame(new heatmap.RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Le))
    .yAxis(new heatmap.YAxisConfigBuilder().unit(spec.unit))
    .cellValues(new heatmap.CellValuesBuilder().unit("short"))
    .tooltip(new heatmap.HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
    .color(new heatmap.HeatmapColorOptionsBuilder().scheme("Oranges").steps(64).exponent(0.5));
  return place(inHouseStyle(builder, spec, "time_series"), spec, 9);
}

export function grid(spec: PanelSpec): Placed {
  return place(inHouseStyle(new table.PanelBuilder().showHeader(true), spec, "table"), spec, 8);
}

/** `groupingToMatrix` names its first column after both of the columns that it was made from. */
const REL_MS_BY_RUN = "rel_ms\\run";

/**
 * Runs laid over each other on the time since the start of load: one series for each run. The answer's rows are
 * (rel_ms, run, `column`); the matrix has one row for each rel_ms, one column for each run, and is sorted, because a
 * run may lack seconds that a later one has.
 */
export function overlay(spec: PanelSpec & { readonly column: string }): Placed {
  const builder = new trend.PanelBuilder()
    .xField(REL_MS_BY_RUN)
    .legend(legend())
    .tooltip(tooltip())
    .lineWidth(1)
    .spanNulls(true)
    .showPoints(VisibilityMode.Never)
    .displayName(FIELD_NAME);
  const x: Override = {
    named: "/^rel_ms/",
    properties: [
      { id: "unit", value: "ms" },
      { id: "displayName", value: "since the start of load" },
    ],
  };
  const transformations = [matrix("rel_ms", spec.column), { id: "sortBy", options: { sort: [{ field: "rel_ms" }] } }];
  return place(inHouseStyle(builder, { ...spec, transformations, overrides: [x] }, "table"), spec, 9);
}

/**
 * One row for each endpoint, one column for each run in the order of their ids, which is that of time, and the change
 * from the first to the last in per cent.
 */
export function delta(spec: PanelSpec & { readonly column: string }): Placed {
  const transformations = [
    matrix("endpoint", spec.column),
    { id: "calculateField", options: { mode: "reduceRow", reduce: { reducer: "diffperc" }, alias: "change" } },
  ];
  const change: Override = {
    named: "/^change$/",
    properties: [
      { id: "unit", value: "percent" },
      { id: "decimals", value: 1 },
    ],
  };
  const rows: Override = { named: "/^endpoint/", properties: [{ id: "displayName", value: "endpoint" }] };
  const builder = new table.PanelBuilder().showHeader(true).displayName(FIELD_NAME);
  return place(inHouseStyle(builder, { ...spec, transformations, overrides: [rows, change] }, "table"), spec, 8);
}

function matrix(rowField: string, valueField: string): DataTransformerConfig {
  return { id: "groupingToMatrix", options: { rowField, columnField: "run", valueField, emptyValue: "null" } };
}

/** What held from one moment to the next: verdicts. */
export function timeline(spec: PanelSpec): Placed {
  const builder = new statetimeline.PanelBuilder()
    .mappings(VERDICTS)
    .legend(legend())
    .tooltip(tooltip())
    .mergeValues(false);
  return place(inHouseStyle(builder, spec, "time_series"), spec, 7);
}

/** `verdicts.code`: the exit code of the run. */
export const VERDICTS: ValueMapping[] = [
  {
    type: MappingType.ValueToText,
    options: {
      "0": { text: "PASS", color: "green", index: 0 },
      "1": { text: "FAIL", color: "red", index: 1 },
      "2": { text: "INCONCLUSIVE", color: "yellow", index: 2 },
      "3": { text: "INVALID", color: "purple", index: 3 },
    },
  },
];
