import { describe, expect, it } from "vitest";
import { sampleBench, sampleMicroRecord } from "../report/sample-micro.ts";
import { type FigureName, isSameFigure, type RunFigure, runFigures } from "./run-figures.ts";
import { endpoint, latency, scenarioRecord, stream } from "./sample-browse.ts";

const shown = ({ part, subject, metric, statistic, measured, count }: RunFigure) => {
  return [part, `${subject.kind} ${subject.name}`, `${statistic} of ${metric}`, measured, count];
};

describe("the figures that a run leaves", () => {
  const record = scenarioRecord({
    endpoints: [
      endpoint({ phase: "warmup", latency: latency(900) }),
      endpoint({ requests: 1000, failed: 100, latency: { ...latency(50, 900), p50: 40, p99: 60 } }),
      endpoint({ endpoint: "cart.write", requests: 500, latency: latency(70, 500) }),
    ],
    iterations: [stream(1500, 0)],
    measures: [
      { metric: "ttft", statistic: "p95", value: 5, count: 90, endpoint: "cart.read" },
      // Also in the list of every endpoint: once is enough.
      { metric: "latency", statistic: "p95", value: 1, count: 1, endpoint: "cart.read" },
      { metric: "k6_threshold", statistic: "value", value: 1, count: 1, endpoint: "cart.read" },
      { metric: "service_rss", statistic: "max", value: 8, count: 12 },
      { metric: "service_rss", statistic: "mean", value: 7, count: 12 },
      { metric: "k6_threshold", statistic: "value", value: 1, count: 1 },
    ],
  });

  it("are those of each endpoint, then of the scenario: what everybody has, and what was measured beside", () => {
    expect(runFigures({ scenarios: [record] }).map(shown)).toEqual([
      ["browse", "endpoint cart.read", "p50 of latency", { value: 40 }, 900],
      ["browse", "endpoint cart.read", "p95 of latency", { value: 50 }, 900],
      ["browse", "endpoint cart.read", "p99 of latency", { value: 60 }, 900],
      ["browse", "endpoint cart.read", "value of error_rate", { value: 0.1 }, 1000],
      ["browse", "endpoint cart.read", "value of request_rate", { value: 90 }, 900],
      ["browse", "endpoint cart.read", "p95 of ttft", { value: 5 }, 90],
      ["browse", "endpoint cart.write", "p50 of latency", { value: 70 }, 500],
      ["browse", "endpoint cart.write", "p95 of latency", { value: 70 }, 500],
      ["browse", "endpoint cart.write", "p99 of latency", { value: 70 }, 500],
      ["browse", "endpoint cart.write", "value of error_rate", { value: 0 }, 500],
      ["browse", "endpoint cart.write", "value of request_rate", { value: 50 }, 500],
      ["browse", "scenario browse", "value of request_rate", { value: 140 }, 1400],
      ["browse", "scenario browse", "value of error_rate", { value: 100 / 1500 }, 1500],
      ["browse", "scenario browse", "max of service_rss", { value: 8 }, 12],
      ["browse", "scenario browse", "mean of service_rss", { value: 7 }, 12],
    ]);
  });

  it("are the mean time and the bytes of each bench, sizes of a sweep apart", () => {
    const { bytes: _, ...uncounted } = sampleBench("verify");
    const micro = [sampleMicroRecord([sampleBench("sign", { size: 10 }), uncounted])];
    expect(runFigures({ scenarios: [], micro }).map(shown)).toEqual([
      ["sample", "bench sign/10", "mean of time", { value: 1000 }, 1000],
      ["sample", "bench sign/10", "mean of bytes", { value: 100 }, 9],
      ["sample", "bench verify", "mean of time", { value: 1000 }, 1000],
      ["sample", "bench verify", "mean of bytes", undefined, 0],
    ]);
  });

  const name: FigureName = {
    part: "browse",
    subject: { kind: "endpoint", name: "cart.read" },
    metric: "latency",
    statistic: "p95",
  };
  it.each<Partial<FigureName>>([
    { part: "pay" },
    { subject: { kind: "scenario", name: "cart.read" } },
    { subject: { kind: "endpoint", name: "cart.write" } },
    { metric: "ttft" },
    { statistic: "p99" },
  ])("are different ones where they differ in %j, and the same where they differ in nothing", (change) => {
    expect(isSameFigure(name, { ...name, ...change })).toBe(false);
    expect(isSameFigure(name, { ...name })).toBe(true);
  });
});
