import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeExport } from "./otlp.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (name: string) => readFileSync(join(ROOT, "test/fixtures/k6-2.2.0", name));

describe("an export of k6", () => {
  it("is read with its counters, gauges and exponential histograms", () => {
    const { points, at, explicitBuckets } = decodeExport(read("cumulative/c4.bin"));
    const find = (metric: string, name?: string) =>
      points.find((point) => point.metric === metric && (name === undefined || point.attributes["name"] === name));
    expect(explicitBuckets).toEqual([]);
    expect(new Date(at).getUTCFullYear()).toBe(2026);
    expect(find("http_reqs", "canary")).toMatchObject({
      kind: "sum",
      value: 201,
      temporality: "cumulative",
      attributes: { name: "canary", scenario: "canary", status: "200" },
    });
    expect(find("vus")).toMatchObject({ kind: "gauge", value: 0 });
    const latency = find("latency", "items.wrong");
    expect(latency?.kind).toBe("histogram");
    if (latency?.kind !== "histogram") return;
    const { counts, zeroCount, count } = latency.value;
    expect(counts.reduce((sum, inBucket) => sum + inBucket, zeroCount)).toBe(count);
  });

  it("in delta temporality says so", () => {
    expect(decodeExport(read("p1.bin")).points.every((point) => point.temporality === "delta")).toBe(true);
  });

  it("names a series alike whatever the order of its attributes", () => {
    const series = [0, 1, 2, 3, 4].map(
      (index) => decodeExport(read(`p${index}.bin`)).points.find((point) => point.metric === "http_reqs")?.attributes,
    );
    expect(
      new Set(
        series.map((attributes) =>
          Object.keys(attributes ?? {})
            .sort()
            .join(),
        ),
      ).size,
    ).toBe(1);
    const twice = decodeExport(read("p1.bin")).points.map((point) => point.series);
    expect(new Set(twice).size).toBe(twice.length);
  });

  it("that is no export is an error", () => {
    expect(() => decodeExport(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow();
    expect(decodeExport(new Uint8Array())).toEqual({ at: 0, points: [], explicitBuckets: [] });
  });

  it("is decoded by code that is generated from tools/otlp/metrics.proto as it stands", () => {
    const folder = mkdtempSync(join(tmpdir(), "otlp-"));
    try {
      const bin = join(ROOT, "node_modules/.bin");
      execFileSync(
        join(bin, "buf"),
        ["generate", "tools/otlp", "--template", "tools/otlp/buf.gen.yaml", "--output", folder],
        { cwd: ROOT, env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` } },
      );
      const generated = readFileSync(join(folder, "harness/collect/gen/metrics_pb.ts"), "utf8");
      expect(generated).toBe(readFileSync(join(ROOT, "harness/collect/gen/metrics_pb.ts"), "utf8"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
