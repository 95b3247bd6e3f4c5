import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { dashboardFiles } from "./files.ts";

const ROOT = join(import.meta.dirname, "..");

/** Panel type → where Grafana's package keeps its options. */
const PANEL_TYPES: Readonly<Record<string, string>> = {
  heatmap: "heatmap/panelcfg/x/HeatmapPanelCfg_types.gen",
  stat: "stat/panelcfg/x/StatPanelCfg_types.gen",
  "state-timeline": "statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen",
  table: "table/panelcfg/x/TablePanelCfg_types.gen",
  timeseries: "timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen",
  trend: "trend/panelcfg/x/TrendPanelCfg_types.gen",
};

interface Part {
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
}

/**
 * The generated JSON as literals of Grafana's own types, compiled: an unknown property, a wrong enum value or a missing
 * one is an error of the compiler. The types are those of Grafana's sources, published as @grafana/schema.
 */
function source(parts: readonly Part[]): string {
  const imports = Object.entries(PANEL_TYPES).map(
    ([type, path]) => `import type * as ${camel(type)} from "@grafana/schema/dist/esm/raw/composable/${path}";`,
  );
  return [
    `import type { Dashboard } from "@grafana/schema";`,
    ...imports,
    // JSON has the values of Grafana's enums, not their names.
    `type Plain<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T`,
    "  : T extends readonly (infer E)[] ? Plain<E>[] : unknown extends T ? T : { [K in keyof T]: Plain<T[K]> };",
    ...parts.map(({ name, type, value }) => `export const ${name}: Plain<${type}> = ${JSON.stringify(value)};`),
  ].join("\n");
}

function camel(type: string): string {
  return type.replaceAll("-", "_");
}

async function errorsOf(parts: readonly Part[]): Promise<string> {
  // Inside the checkout, so that the compiler finds the packages.
  const folder = await mkdtemp(join(ROOT, "node_modules", ".dashboards-"));
  try {
    await writeFile(join(folder, "generated.ts"), source(parts));
    const options = {
      extends: join(ROOT, "tsconfig.base.json"),
      compilerOptions: { types: [], noUnusedLocals: false },
      files: ["generated.ts"],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(options));
    const tsc = join(ROOT, "node_modules", ".bin", "tsc");
    return await promisify(execFile)(tsc, ["-p", folder]).then(
      ({ stdout }) => stdout,
      (error: { stdout?: string }) => error.stdout ?? String(error),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Model {
  readonly panels: readonly Panel[];
  readonly annotations: {
    readonly list: readonly { readonly target: { readonly refId: string; readonly datasource: object } }[];
  };
}

interface Panel {
  readonly type: string;
  readonly options?: unknown;
  readonly fieldConfig?: { readonly defaults: { readonly custom?: unknown } };
}

/** A dashboard, and apart from it what its type leaves open: the options and the custom fields of each kind of panel. */
function partsOf(text: string, index: number): Part[] {
  const dashboard: Model = JSON.parse(text);
  // What a query has beyond its letter and its data source is the data source's own.
  const list = dashboard.annotations.list.map(({ target: { refId, datasource }, ...mark }) => {
    return { ...mark, target: { refId, datasource } };
  });
  return [
    { name: `dashboard${index}`, type: "Dashboard", value: { ...dashboard, annotations: { list } } },
    ...dashboard.panels.flatMap((panel, at): Part[] => {
      if (panel.type === "row") return [];
      const name = `panel${index}_${at}`;
      const from = camel(panel.type);
      const custom = panel.fieldConfig?.defaults.custom;
      const options: Part = { name: `${name}_options`, type: `Partial<${from}.Options>`, value: panel.options };
      if (custom === undefined || panel.type === "stat") return [options];
      return [options, { name: `${name}_custom`, type: `Partial<${from}.FieldConfig>`, value: custom }];
    }),
  ];
}

const dashboards = dashboardFiles().filter(({ path }) => path.startsWith("generated/"));

it("every generated dashboard is what Grafana's types take", async () => {
  expect(await errorsOf(dashboards.flatMap(({ text }, index) => partsOf(text, index)))).toBe("");
});

it("a wrong property, a wrong enum value and a missing one are found", async () => {
  const [first = { text: "" }] = dashboards;
  const broken = [
    first.text.replace('"noValue"', '"noValeu"'),
    first.text.replace('"displayMode": "list"', '"displayMode": "lits"'),
    first.text.replace(/"schemaVersion": \d+,?/, ""),
  ];
  expect(broken).not.toContain(first.text);
  const errors = await errorsOf(broken.flatMap(partsOf));
  expect(errors).toContain("noValeu");
  expect(errors).toContain("lits");
  expect(errors).toContain("schemaVersion");
});
