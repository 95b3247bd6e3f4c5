/** Evaluates the provisioned alert rules as Grafana does: queries, the last value of each series, a formula over them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { exitCodeOf } from "../../harness/verdict/exit-code.ts";
import { ROOT } from "../e2e/cli.ts";
import type { InfluxServer } from "../influx/server.ts";
import { endpointsIn, type Facts, limitsOf } from "./facts.ts";
import { ask } from "./influx-rows.ts";
import { interpolate } from "./panel-queries.ts";

interface Rule {
  readonly uid: string;
  readonly condition: string;
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly relativeTimeRange: { readonly from: number; readonly to: number };
    readonly model: {
      readonly query?: string;
      readonly type?: string;
      readonly expression?: string;
      readonly reducer?: string;
    };
  }[];
}

export async function readAlertRules(): Promise<readonly Rule[]> {
  const file = join(ROOT, "dashboards", "provisioning", "alerting", "proofload.json");
  return JSON.parse(await readFile(file, "utf8")).groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
}

/** What a rule saw for each set of labels, and whether it fires there. */
export type Evaluated = Readonly<Record<string, Readonly<Record<string, number | boolean>>>>;

export async function evaluated(rule: Rule, server: InfluxServer, now: number): Promise<Evaluated> {
  const seen = new Map<string, Map<string, number>>();
  let formula = "";
  for (const { refId, datasourceUid, relativeTimeRange, model } of rule.data) {
    if (datasourceUid !== "__expr__") {
      const moment = {
        from: now - relativeTimeRange.from * 1000,
        to: now - relativeTimeRange.to * 1000,
        intervalMs: 1000,
      };
      for (const { tags, values } of await ask(server, interpolate(model.query ?? "", [], {}, moment))) {
        const [value] = Object.entries(values).flatMap(([column, one]) => (column === "time" ? [] : [Number(one)]));
        const labels = JSON.stringify(Object.entries(tags).sort());
        seen.set(refId, (seen.get(refId) ?? new Map()).set(labels, value ?? Number.NaN));
      }
    } else if (model.type === "reduce" && model.reducer === "last") {
      // The queries give one row for each series: its last value is that row's.
      seen.set(refId, seen.get(model.expression ?? "") ?? new Map());
    } else if (model.type === "math" && refId === rule.condition) {
      formula = model.expression ?? "";
    }
  }
  const names = [...new Set([...formula.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? ""))];
  const [first = ""] = names;
  const result: Record<string, Record<string, number | boolean>> = {};
  for (const labels of seen.get(first)?.keys() ?? []) {
    const figures = names.map((name) => seen.get(name)?.get(labels));
    // Labels that the other side lacks are dropped.
    if (figures.some((figure) => figure === undefined)) continue;
    const text = names.reduce((sum, name, index) => sum.replaceAll(`\${${name}}`, String(figures[index])), formula);
    const tags = JSON.parse(labels) as [string, string][];
    result[tags.map(([, value]) => value).join(" ")] = {
      ...Object.fromEntries(names.map((name, index) => [name, Number(figures[index]?.toPrecision(9))])),
      fires: holds(text),
    };
  }
  return result;
}

/** The formulas that the rules have: `a > b`, `a < 0.8 * b`, `a == 3`. */
function holds(formula: string): boolean {
  const [, left, sign, factor = "1", right] = /^(\S+) (>|<|==) (?:([\d.]+) \* )?(\S+)$/.exec(formula) ?? [];
  if (left === undefined || right === undefined) throw new Error(`no formula of a known form: ${formula}`);
  const [value, limit] = [Number(left), Number(factor) * Number(right)];
  return sign === ">" ? value > limit : sign === "<" ? value < limit : value === limit;
}

function median(values: readonly number[]): number {
  const list = [...values].sort((a, b) => a - b);
  const middle = Math.floor(list.length / 2);
  const upper = list[middle] ?? 0;
  return list.length % 2 === 1 ? upper : ((list[middle - 1] ?? 0) + upper) / 2;
}

const nine = (value: number) => Number(value.toPrecision(9));

/** What the rules must see in two runs of the shop that have just ended. Labels are in the order of their names. */
export function alertsOf(before: Facts, facts: Facts): Readonly<Record<string, object>> {
  const both = [before, facts];
  const p95 = both.flatMap((one) => {
    const windows = Map.groupBy(
      one.scenario.series.filter(({ phase, p95: value }) => phase === "measured" && value !== undefined),
      ({ endpoint }) => endpoint,
    );
    const limits = limitsOf(one, ({ metric, statistic }) => metric === "latency" && statistic === "p95");
    return [...windows].map(([endpoint, list]): [string, object] => {
      const seen = nine(median(list.flatMap(({ p95: value }) => value ?? [])));
      const limit = limits[endpoint] ?? 0;
      return [`${endpoint} ${one.record.runId} shopping shop`, { A_last: seen, B_last: limit, fires: seen > limit }];
    });
  });
  const measured = (one: Facts) => {
    const list = endpointsIn(one, ["measured"]);
    const sum = (of: (endpoint: (typeof list)[number]) => number) =>
      list.reduce((all, endpoint) => all + of(endpoint), 0);
    return { requests: sum(({ requests }) => requests), failed: sum(({ failed }) => failed) };
  };
  const errors = both.map((one): [string, object] => {
    const { requests, failed } = measured(one);
    return [`${one.record.runId} shopping shop`, { A_last: nine(failed / requests), fires: failed / requests > 0.01 }];
  });
  const rates = both.map((one) => measured(one).requests / one.scenario.measuredSeconds);
  const memory = both.map((one): [string, object] => {
    const rss = Math.max(...one.samples.map(({ values }) => values["service.rss"] ?? 0));
    const limit = limitsOf(one, ({ metric }) => metric === "service_rss")[""] ?? 0;
    return [`${one.record.runId} shopping shop`, { A_last: nine(rss), B_last: limit, fires: rss > limit }];
  });
  const code = exitCodeOf(facts.verdict.scenarios[0]?.kind ?? "PASS");
  return {
    "proofload-p95-over-budget": Object.fromEntries(p95),
    "proofload-error-rate": Object.fromEntries(errors),
    "proofload-throughput-drop": {
      // Both runs are of one commit and stand at its time: the newest is either.
      "shopping nightly shop": {
        A_last: expect.toSatisfy((rate: number) => rates.map(nine).includes(rate)),
        B_last: nine(median(rates)),
        fires: false,
      },
    },
    "proofload-memory": Object.fromEntries(memory),
    "proofload-invalid-night": { "shopping nightly shop": { A_last: code, fires: code === 3 } },
  };
}
