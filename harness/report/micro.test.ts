import { describe, expect, it } from "vitest";
import { planSchema } from "../collect/plan-schema.ts";
import { recordSchema } from "../collect/record-schema.ts";
import { judge } from "../verdict/judge.ts";
import { cpuFrames, heapFrames } from "./flamegraph/profile-frames.ts";
import { renderFlamegraph } from "./flamegraph/render-flamegraph.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { renderHtml } from "./html.ts";
import { renderJson } from "./json.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { reportSchema } from "./report-schema.ts";
import { sampleBench, sampleMicroRecord, sampleMicroRun, sampleProcess } from "./sample-micro.ts";
import { renderTerminal } from "./terminal.ts";

const assets = { script: "1", style: "p{}", sha256Base64: () => "x" };
const terminal = { colour: false, columns: 100, program: "proofload" };

function run(limits: readonly string[], ...names: string[]) {
  const benches = names.map((name) => sampleBench(name));
  const { plan, record } = sampleMicroRun(
    limits,
    sampleMicroRecord(benches, { profiles: ["micro/sample/sample.cpuprofile"] }),
  );
  return { plan, record, verdict: judge(plan, record) };
}

describe("reports of micro-benchmarks", () => {
  const { plan, record, verdict } = run(["p99 of time in one < 1.2 us", "bytes in two <= 101 B"], "one", "two");

  it("are what their schemas say, and plan and record come back from disk as they were", () => {
    expect(reportSchema.safeParse(JSON.parse(renderJson(record, verdict))).error).toBeUndefined();
    expect(recordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    expect(judge(plan, recordSchema.parse(JSON.parse(JSON.stringify(record))))).toEqual(verdict);
  });

  it("show benches, budgets, reasons and the next command on a terminal", () => {
    expect(renderTerminal(record, verdict, plan, terminal)).toMatchInlineSnapshot(`
      "  proofload micro sample                                              run 20260101-000000-micro-0000
        Sample CPU at 2.80 GHz, 2 cores, 8.00 GB, Linux 6.1.0, cgroup v2, node v24.21.0 · 812 M steps/s,
        9.87 GB/s, 41,500 round trips/s

        ✗ FAIL  sample · A sample
          shop · one fresh process · peak memory 150 MB

          BENCH     MEAN   P50     P99  BYTES     GC  SAMPLES
          one       1 µs  1 µs  1.5 µs  100 B  50 ns    1,000
          two       1 µs  1 µs  1.5 µs  100 B  50 ns    1,000

        ✗ p99 of time in one < 1.2 µs    1.5 µs  −25 %
        ✓ mean of bytes in two <= 101 B  99–101 B  +0 %

          instrument sound: foreign CPU 0 % (limit 30 %) · 0 in failed processes, benches without a
          sample, benches left out by the compiler

        ✗ p99 of time of one is 1.5 µs, over its max of 1.2 µs (A-1)

        FAIL: sample: p99 of time of one is 1.5 µs, over its max of 1.2 µs (A-1)
        Next:   proofload micro sample
      "
    `);
  });

  it("fit into a narrow terminal", () => {
    const text = renderTerminal(record, verdict, plan, { ...terminal, columns: 60 });
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(76);
  });

  it("have a test case for each budget and check in JUnit", () => {
    const xml = renderJunit(record, verdict);
    expect(xml).toContain('<testsuite name="sample" tests="6" failures="1" errors="0" skipped="0" time="2.500"');
    expect(xml).toMatch(/one: p99 of time in one &#60; 1\.2 µs \(A-1\)" classname="shop\.sample"/);
  });

  it("have a line for the subject and a row for each budget in Markdown", () => {
    const text = renderMarkdown(record, verdict);
    expect(text).toContain("- ❌ **sample** FAIL: one 1 µs, 100 B; two 1 µs, 100 B");
    expect(text).toMatch(/\| ❌ \| sample \| one \| p99 of time in one &#60; 1\.2 µs \| 1\.5 µs \|/);
  });

  it("link to the flame graph from the page, and name flags and processes", () => {
    const page = renderHtml(record, verdict, plan, assets);
    expect(page).toContain('<a href="micro/sample/sample.cpuprofile.svg">flame graph</a>');
    expect(page).toContain("--expose-gc");
    expect(page).toContain("150 MB");
    expect(page.match(/<circle/g)).toHaveLength(8);
  });

  it("judge nothing where the benchmark failed, and say how it did", () => {
    const exit = { kind: "failed", how: "the benchmark exited with code 1", lastLines: ["TypeError: no"] } as const;
    const made = sampleMicroRun(["time in one < 1 s"], sampleMicroRecord([], { processes: [sampleProcess({ exit })] }));
    const failed = judge(made.plan, made.record);
    expect(renderJunit(made.record, failed)).toContain("<skipped");
    expect(renderTerminal(made.record, failed, made.plan, terminal)).toContain("TypeError: no");
    expect(renderHtml(made.record, failed, made.plan, assets)).toContain("prove nothing");
  });

  it("hold hostile names of benches as text", () => {
    const names = HOSTILE_NAMES.slice(0, 20);
    const hostile = run([], ...names);
    const page = renderHtml(hostile.record, hostile.verdict, hostile.plan, assets);
    expect(page).not.toMatch(/<img|<script src|onerror="|<iframe|<object|<embed|<base|<form/i);
    expect(renderMarkdown(hostile.record, hostile.verdict)).not.toMatch(/<(?!\/?(b|small)>)\w/);
  });
});

describe("a flame graph", () => {
  const frame = (functionName: string, url = "") => ({ functionName, url, lineNumber: 9 });
  const cpu = {
    nodes: [
      { id: 1, callFrame: frame("(root)"), children: [2, 4] },
      { id: 2, callFrame: frame("work", "file:///home/somebody/project/src/work.ts"), children: [3] },
      { id: 3, callFrame: frame("<b>inner</b>", "node:crypto") },
      { id: 4, callFrame: frame("(idle)") },
    ],
    samples: [2, 3, 3, 4],
    timeDeltas: [100, 200, 300, 10_000],
  };

  it("counts a function with all that it called, and nothing that was idle", () => {
    const root = cpuFrames(cpu);
    expect(root).toMatchObject({
      value: 600_000,
      children: [{ name: "work", place: "src/work.ts:10", value: 600_000 }],
    });
    expect(root.children[0]?.children[0]?.value).toBe(500_000);
  });

  it("reads heap profiles too", () => {
    const head = {
      callFrame: frame("(root)"),
      selfSize: 0,
      children: [{ callFrame: frame("a"), selfSize: 7, children: [] }],
    };
    expect(heapFrames({ head })).toMatchObject({ value: 7, children: [{ name: "a", value: 7 }] });
  });

  it("is a picture without a script, in which names are text and no home folder is named", () => {
    const svg = renderFlamegraph(cpuFrames(cpu), "ns");
    expect(svg).toContain("work (src/work.ts:10): 600 µs, 100 %");
    expect(svg).toContain("&#60;b&#62;inner");
    expect(svg).not.toMatch(/<script|somebody|<b>/);
    expect(svg.match(/<rect/g)).toHaveLength(4);
  });

  it("does not fall over a stack of 100,000 calls, or over nothing", () => {
    let deep = { name: "f", place: "f.ts:1", value: 1, children: [] as object[] };
    for (let depth = 0; depth < 100_000; depth += 1) {
      deep = { name: "f", place: "f.ts:1", value: 1, children: [deep] };
    }
    expect(renderFlamegraph(deep as Parameters<typeof renderFlamegraph>[0], "ns").match(/<rect/g)).toHaveLength(
      100_002,
    );
    expect(renderFlamegraph(cpuFrames({ nodes: [], samples: [], timeDeltas: [] }), "ns")).toContain("<svg");
  });
});
