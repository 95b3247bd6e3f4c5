import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  BUCKET_EDGES_MS,
  bucketField,
  type FieldSpec,
  MEASUREMENTS,
  type MeasurementName,
} from "../harness/collect/influx/measurements.ts";
import { ALERT_RULES } from "./alert-rules.ts";
import { DASHBOARDS } from "./dashboard.ts";
import { dashboardFiles } from "./files.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly noValue?: string } };
  readonly targets?: readonly { readonly refId: string; readonly query: string; readonly alias?: string }[];
}

interface Model {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query?: string; readonly type: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly target: { readonly query: string } }[] };
  readonly links: readonly { readonly url: string }[];
}

const models = dashboardFiles()
  .filter(({ path }) => path.startsWith("generated/"))
  .map(({ text }): Model => JSON.parse(text));

/** Every query of a dashboard: of its panels, its variables and its annotations. */
function queriesOf(model: Model): string[] {
  return [
    ...model.panels.flatMap(({ targets = [] }) => targets.map(({ query }) => query)),
    ...model.templating.list.flatMap(({ type, query }) => (type === "query" && query !== undefined ? [query] : [])),
    ...model.annotations.list.map(({ target }) => target.query),
  ];
}

describe("the files of the dashboards", () => {
  it.each(dashboardFiles())("$path is what `proofload dashboards` writes", async ({ path, text }) => {
    expect(await readFile(join(import.meta.dirname, path), "utf8").catch(() => "missing")).toBe(text);
  });

  it("are all that lies in their folders: a dashboard that is gone leaves no file", async () => {
    const lying = await Promise.all(
      ["generated", "provisioning"].map(async (folder) =>
        (await readdir(join(import.meta.dirname, folder), { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name)),
      ),
    );
    const made = dashboardFiles().map(({ path }) => join(import.meta.dirname, path));
    expect(lying.flat().sort()).toEqual(made.sort());
  });

  it("hold no address and no secret: both come from Grafana's environment", () => {
    for (const { path, text } of dashboardFiles()) expect(text, path).not.toMatch(/https?:\/\/|Token [^$]|password/i);
  });
});

describe.each(models.map((model) => [model.uid, model] as const))("dashboard %s", (uid, model) => {
  const drawn = model.panels.filter(({ type }) => type !== "row");

  it("has a known uid, and links to all the others", () => {
    const others = Object.keys(DASHBOARDS).filter((other) => other !== uid);
    expect(Object.keys(DASHBOARDS)).toContain(uid);
    expect(model.links.map(({ url }) => url)).toEqual(others.map((other) => `/d/${other}`));
  });

  it("gives every panel an id, a place within 24 columns, and no two the same", () => {
    expect(new Set(model.panels.map(({ id }) => id)).size).toBe(model.panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of model.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`), `${title} lies on another panel`).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });

  it("tells of every panel what it shows, in which unit, and what would fill it", () => {
    expect(drawn.length).toBeGreaterThan(4);
    expect(new Set(drawn.map(({ title }) => title)).size).toBe(drawn.length);
    for (const { title, description = "", fieldConfig, targets = [] } of drawn) {
      expect(description.length, title).toBeGreaterThan(20);
      expect(fieldConfig?.defaults.unit, title).toMatch(/\w/);
      expect(fieldConfig?.defaults.noValue, title).toMatch(/\w.*[.:]/);
      expect(targets.length, title).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
    }
  });

  it("uses no variable that it does not define, and defines none that nothing uses", () => {
    const names = new Set(model.templating.list.map(({ name }) => name));
    const used = new Set([...JSON.stringify(model).matchAll(/\$\{(\w+)(?::\w+)?\}/g)].map(([, name]) => name ?? ""));
    expect([...used].filter((name) => !names.has(name) && !name.startsWith("__"))).toEqual([]);
    expect([...names].filter((name) => !used.has(name))).toEqual([]);
  });

  it("narrows each list of values only by variables that stand before it", () => {
    const before = new Set<string>();
    for (const { name, query = "" } of model.templating.list) {
      for (const [, used = ""] of query.matchAll(/\$\{(\w+):/g))
        expect([...before], `${name}: ${query}`).toContain(used);
      before.add(name);
    }
  });

  it("asks only for what is written", () => {
    const choices = model.templating.list.filter(({ type }) => type === "custom");
    for (const query of queriesOf(model)) {
      // A field that the viewer chooses: with each of the choices.
      const asked = choices.reduce(
        (queries, { name, query: values = "" }) =>
          queries.flatMap((one) => values.split(",").map((value) => one.replaceAll(`\${${name}:raw}`, value))),
        [query],
      );
      for (const one of new Set(asked)) expect(unknownNames(one), one).toEqual([]);
    }
  });

  it("names series by tags that the query groups by", () => {
    for (const { title, targets = [] } of drawn) {
      for (const { alias = "", query } of targets) {
        const groups = query.split(" GROUP BY ")[1] ?? "";
        for (const [, tag = ""] of alias.matchAll(/\$tag_(\w+)/g))
          expect(groups, `${title}: ${alias}`).toContain(`"${tag}"`);
      }
    }
  });
});

it("alert rules ask only for what is written", () => {
  const queries = ALERT_RULES.flatMap((rule) => rule.queries.map(({ select }) => select.text));
  expect(queries.length).toBeGreaterThanOrEqual(5);
  for (const query of queries) expect(unknownNames(query), query).toEqual([]);
});

it("a name that nobody writes is found", () => {
  expect(unknownNames('SELECT "p96" FROM "latency"')).toEqual(["p96"]);
  expect(unknownNames('SELECT "p95" FROM "latencies"')).toEqual(["latencies"]);
  expect(unknownNames('SELECT "p95" FROM "summary" WHERE "phase" = \'measured\'')).toEqual(["phase"]);
});

/** Quoted names that are neither the measurement, nor its tags and fields, nor the statement's own column names. */
function unknownNames(query: string): string[] {
  const [, measurement = ""] = /FROM "([^"]+)"/.exec(query) ?? [];
  if (!Object.hasOwn(MEASUREMENTS, measurement)) return [measurement];
  const { tags, fields } = MEASUREMENTS[measurement as MeasurementName];
  const specs: Readonly<Record<string, FieldSpec>> = fields;
  const own = [...query.matchAll(/ AS "([^"]+)"/g)].map(([, name]) => name);
  const known = new Set<string | undefined>([measurement, ...tags, ...Object.keys(specs), ...own]);
  return [...query.matchAll(/"([^"]+)"/g)].flatMap(([, name = ""]) => (known.has(name) ? [] : [name]));
}

it("the heat map has every bucket that is written, in the order of its edges", () => {
  const query = models.flatMap(queriesOf).find((one) => one.includes("le_inf")) ?? "";
  const asked = [...query.matchAll(/sum\("(le_[^"]+)"\)/g)].map(([, field]) => field);
  expect(asked).toEqual([...BUCKET_EDGES_MS, undefined].map(bucketField));
});
