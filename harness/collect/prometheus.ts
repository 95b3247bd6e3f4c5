import type { Attributes } from "./otlp.ts";

export interface Sample {
  readonly name: string;
  readonly labels: Attributes;
  readonly value: number;
}

/**
 * Reads Prometheus text (format 0.0.4). Lines that are no sample are left out: a service that exposes something odd
 * still has its other figures. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parsePrometheus(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const sample = line.startsWith("#") ? undefined : parseLine(line.trim());
    if (sample !== undefined) samples.push(sample);
  }
  return samples;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;
const END_OF_LABELS = /\s*\}/y;

function parseLine(line: string): Sample | undefined {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return undefined;
  let at = name.length;
  const labels: Record<string, string> = {};
  if (line[at] === "{") {
    at += 1;
    for (LABEL.lastIndex = at; ; at = LABEL.lastIndex) {
      const label = LABEL.exec(line);
      if (label === null) break;
      labels[label[1] ?? ""] = unescaped(label[2] ?? "");
    }
    END_OF_LABELS.lastIndex = at;
    if (!END_OF_LABELS.test(line)) return undefined;
    at = END_OF_LABELS.lastIndex;
  }
  // The value may be followed by a timestamp.
  const value = numberOf(line.slice(at).trim().split(/\s+/)[0] ?? "");
  return value === undefined ? undefined : { name, labels, value };
}

function numberOf(text: string): number | undefined {
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? undefined : value;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
