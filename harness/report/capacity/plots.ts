import type { CapacityRecord, CapacityStep } from "../../collect/capacity-record.ts";
import type { CapacityVerdict } from "../../verdict/capacity/judge-capacity.ts";
import { formatValue } from "../format.ts";
import type { PlotColour, PlotLimit, PlotSpec } from "../plots/plot-spec.ts";
import { answerText } from "./view.ts";

const COLOURS: readonly PlotColour[] = ["a", "b", "c", "d", "e", "f", "g"];

/** What the service did at each rate: latency, and what was in use of each resource. */
export function capacityPlots({ steps }: CapacityRecord, verdict: CapacityVerdict): PlotSpec[] {
  const sound = steps.filter(({ outcome }) => outcome !== "invalid").toSorted((a, b) => a.rate - b.rate);
  if (sound.length === 0) return [];
  const xs = sound.map(({ rate }) => rate);
  const limits = answerLimits(verdict);
  const common = { x: "rate", xs, limits, sync: "capacity" } as const;
  const p95 = (outcome: CapacityStep["outcome"]) =>
    sound.map((step) => (step.outcome === outcome ? (step.latency?.p95 ?? null) : null));
  const resources = [...new Set(sound.flatMap((step) => step.resources.map(({ resource }) => resource)))];
  return [
    {
      ...common,
      id: "capacity-latency",
      title: "p95 of all requests, by rate",
      description: `${sound.length} steps from ${formatValue(xs[0] ?? 0, "1/s")} to ${formatValue(xs.at(-1) ?? 0, "1/s")}; the answer is ${answerText(verdict) ?? "none"}`,
      unit: "ms",
      log: true,
      series: [
        { label: "held", colour: "rate", style: "dots", values: p95("held") },
        { label: "failed", colour: "error", style: "dots", values: p95("failed") },
      ],
    },
    {
      ...common,
      id: "capacity-resources",
      title: "Share of each resource in use, by rate",
      description: resources.join(", "),
      unit: "ratio",
      log: false,
      series: resources.map((resource, index) => ({
        label: resource,
        colour: COLOURS[index % COLOURS.length] ?? "a",
        style: "line",
        values: sound.map((step) => step.resources.find((use) => use.resource === resource)?.share ?? null),
      })),
    },
  ];
}

function answerLimits({ capacity }: CapacityVerdict): PlotLimit[] {
  if (capacity === undefined) return [];
  const { held, failed } = capacity;
  return [
    ...(held === 0 ? [] : [{ axis: "x", value: held, label: "held", level: "target" } as const]),
    ...(failed === undefined ? [] : [{ axis: "x", value: failed, label: "failed", level: "max" } as const]),
  ];
}
