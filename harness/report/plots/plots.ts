import type { ScenarioRecord } from "../../collect/record.ts";
import type { Budget, Plan } from "../../plan/plan.ts";
import { histogramPlot, percentilePlot } from "./distribution.ts";
import { latencyPlot, loadPlots, ratePlot } from "./over-time.ts";
import type { PlotSpec } from "./plot-spec.ts";
import { resourcePlots } from "./resources.ts";

export interface ScenarioPlots {
  readonly endpoints: readonly { readonly endpoint: string; readonly plots: readonly PlotSpec[] }[];
  /** The scenario as a whole, and what it used. */
  readonly whole: readonly PlotSpec[];
}

/** Everything that is drawn about a scenario; `prefix` keeps the ids of several scenarios apart. */
export function scenarioPlots(prefix: string, record: ScenarioRecord, plan: Plan): ScenarioPlots {
  const planned = plan.scenarios.find((scenario) => scenario.name === record.name);
  const ofScenario = planned?.budgets ?? [];
  const names = planned?.endpoints.map((endpoint) => endpoint.name) ?? [];
  // In the order of the budgets' table; what the plan does not know comes last.
  const place = (name: string) => (names.includes(name) ? names.indexOf(name) : names.length);
  const measured = record.endpoints
    .filter((endpoint) => endpoint.phase === "measured")
    .sort((a, b) => place(a.endpoint) - place(b.endpoint));
  return {
    endpoints: measured.map((endpoint, index) => {
      const budgets = planned?.endpoints.find((entry) => entry.name === endpoint.endpoint)?.budgets ?? [];
      const latency = budgets.filter((budget) => budget.metric === "latency");
      const id = `${prefix}-endpoint-${index}`;
      return {
        endpoint: endpoint.endpoint,
        plots: [
          histogramPlot(`${id}-histogram`, endpoint, latency),
          percentilePlot(`${id}-percentiles`, endpoint, latency),
          latencyPlot(`${id}-latency`, endpoint.endpoint, record, latency),
          ratePlot(`${id}-rate`, endpoint.endpoint, record, of(budgets, "request_rate")),
        ].filter((plot) => plot !== undefined),
      };
    }),
    whole: [...loadPlots(prefix, record, of(ofScenario, "request_rate")), ...resourcePlots(prefix, record, ofScenario)],
  };
}

function of(budgets: readonly Budget[], metric: Budget["metric"]): Budget[] {
  return budgets.filter((budget) => budget.metric === metric);
}
