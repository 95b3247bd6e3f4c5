/** A dashboard from its sections: places the panels, and adds what all dashboards share. */

import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { chosen, from, is, raw, type Select } from "./influx-query.ts";
import type { Placed } from "./panels.ts";
import { DATASOURCE, datasourceVariable } from "./variables.ts";

export const DASHBOARDS = {
  "proofload-live": "Live run",
  "proofload-comparison": "Release comparison",
  "proofload-trends": "Trends",
  "proofload-system": "System under test",
  "proofload-micro": "Micro-benchmarks",
} as const;

export type DashboardUid = keyof typeof DASHBOARDS;

export interface Section {
  readonly title: string;
  readonly panels: readonly Placed[];
}

export interface DashboardSpec {
  readonly uid: DashboardUid;
  readonly about: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh?: string;
  /** Moments to mark: of `annotations.kind`. */
  readonly marks: readonly Mark[];
  readonly sections: readonly Section[];
}

/** Kinds of points of the measurement `annotations`. */
export type Mark = "run" | "deployment" | "change_point";

const COLUMNS = 24;
const TAG = "proofload";

export function dashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(DASHBOARDS[spec.uid])
    .uid(spec.uid)
    .description(spec.about)
    .tags([TAG])
    .timezone("browser")
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ ...spec.time })
    .refresh(spec.refresh ?? "")
    .variables([datasourceVariable(), ...spec.variables])
    .annotations(spec.marks.map(annotation))
    .links(linksTo(spec.uid));
  let y = 0;
  let id = 1;
  for (const section of spec.sections) {
    builder.withRow(new RowBuilder(section.title).id(id++).gridPos({ x: 0, y, w: COLUMNS, h: 1 }));
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const { panel, width, height } of section.panels) {
      if (x + width > COLUMNS) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      builder.withPanel(panel.id(id++).gridPos({ x, y, w: width, h: height }));
      x += width;
      lineHeight = Math.max(lineHeight, height);
    }
    y += lineHeight;
  }
  return withoutLeftovers(builder.build());
}

/**
 * The SDK's defaults write what Grafana's own types do not know (settings of interval variables in every variable, the
 * footer that tables had before Grafana 12), and hide links and marks in a menu.
 */
function withoutLeftovers(built: Dashboard): Dashboard {
  const { links = [], annotations, templating, panels = [] } = built;
  return {
    ...built,
    links: links.map((link) => without(link, "placement")),
    annotations: { list: (annotations.list ?? []).map((mark) => without(mark, "placement")) },
    templating: {
      list: (templating.list ?? []).map((variable) => without(variable, "auto", "auto_min", "auto_count")),
    },
    panels: panels.map((panel) =>
      panel.type === "table" && "options" in panel ? { ...panel, options: without(panel.options, "footer") } : panel,
    ),
  };
}

function without<T extends object>(object: T, ...names: readonly (keyof T & string)[]): T {
  const left = Object.entries(object).filter(([name]) => !names.some((one) => one === name));
  return Object.fromEntries(left) as T;
}

/** The other dashboards, with the same variables and, where both are about the same hours, the same time range. */
function linksTo(own: DashboardUid) {
  return Object.entries(DASHBOARDS)
    .filter(([uid]) => uid !== own)
    .map(([uid, title]) =>
      new DashboardLinkBuilder(title)
        .type(DashboardLinkType.Link)
        .url(`/d/${uid}`)
        .includeVars(true)
        .keepTime(isOfHours(own) && isOfHours(uid)),
    );
}

/** Live runs and the system under test are looked at by the hour, the others over weeks. */
function isOfHours(uid: string): boolean {
  return uid === "proofload-live" || uid === "proofload-system";
}

const MARKS: Readonly<Record<Mark, { readonly name: string; readonly colour: string }>> = {
  run: { name: "Runs", colour: "blue" },
  deployment: { name: "Deployments", colour: "green" },
  change_point: { name: "Change points", colour: "orange" },
};

function annotation(kind: Mark) {
  const { name, colour } = MARKS[kind];
  const select = from("annotations")
    .columns(raw("title"), raw("text"))
    .where(chosen("target"), is("kind", kind))
    .inRange();
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(colour)
    .target(new AnnotationTarget(name, select));
}

/** The InfluxDB data source takes its annotations by the query and the names of its columns. */
class AnnotationTarget implements Builder<Dataquery> {
  readonly #model: object;

  constructor(name: string, select: Select<"annotations">) {
    this.#model = {
      refId: "Anno",
      name,
      datasource: DATASOURCE,
      fromAnnotations: true,
      query: select.text,
      titleColumn: "title",
      textColumn: "text",
      tagsColumn: "",
      timeEndColumn: "",
      // Grafana's type of an annotation's target asks for these four, whatever the data source.
      limit: 100,
      matchAny: false,
      tags: [],
      type: "tags",
    };
  }

  build(): Dataquery {
    return { ...this.#model, _implementsDataqueryVariant() {} };
  }
}
