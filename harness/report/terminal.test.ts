import { describe, expect, it } from "vitest";
import { judge } from "../verdict/judge.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { widthOf } from "./plain.ts";
import { type SampleKind, type SampleRun, sampleRun, sampleRunWithNames, withFewChecks } from "./sample.ts";
import { renderTerminal } from "./terminal.ts";

const DIRECTORY = ".proofload/runs/20260314-091502-quiet-otter";
const render = ({ record, verdict, plan }: SampleRun, columns = 80, colour = false) =>
  renderTerminal(record, verdict, plan, { colour, columns, directory: DIRECTORY, program: "npm run proofload --" });
const KINDS: readonly SampleKind[] = ["pass", "fail", "invalid", "inconclusive", "saturated"];

describe("the result on a terminal", () => {
  it("of a run that fails, 80 columns wide", () => {
    expect(render(withFewChecks(sampleRun("fail")))).toMatchInlineSnapshot(`
      "  proofload smoke                                run 20260314-091502-quiet-otter
        Sample CPU at 2.80 GHz, 2 cores, 8.00 GB, Linux 6.1.0, cgroup v2, node
        v24.21.0 · 812 M steps/s, 9.87 GB/s, 41,500 round trips/s

        ✗ FAIL  load · The mix of a working day at 200 requests per second
          project-assistant · 1 min measured after 10 s of warm-up · 12,201
          iterations, open load

          ENDPOINT         BUDGET                 MEASURED  MARGIN  REQUESTS  ERRORS
        ! auth.login       p95 < 100 ms | 200 ms    108 ms   +46 %     1,227       0
        ✓ projects.list    p95 < 200 ms | 500 ms    8.5 ms   +98 %     6,031       0
        ✗ projects.create  p95 < 200 ms | 500 ms    642 ms   −28 %     2,428       0
        ✓                  p99 < 2 s                870 ms   +56 %
        ✓ specs.read       p95 < 200 ms | 500 ms    6.1 ms   +99 %     1,830       0
        ✓ llm.questions    p95 < 5 s | 10 s         2.37 s   +76 %       685      49
        ✗ error_rate < 0.1 %                       0.402 %  −302 %
        ✓ request_rate > 190/s                       203/s    +7 %
        ✓ db_statements_per_request < 4               2.31   +42 %
          warm-up, not judged                                          2,032       7

          instrument sound: canary p99 1.9 ms (limit 25 ms) · start lag p99 1 ms
          (limit 25 ms) · k6 CPU 11.5 % (limit 90 %) · 0 in books

        ✗ p95 of projects.create is 642 ms, over its max of 500 ms (SOC-02)
        ✗ error_rate of load is 0.402 %, over its max of 0.1 % (SOC-08)
        ! p95 of auth.login is 108 ms, over its target of 100 ms (SOC-01)

        ✓ PASS  memories · Relevance ranking of 50 memories, 20 users
          memory · 30 s measured after 5 s of warm-up · 3,611 iterations, closed load

          ENDPOINT     BUDGET              MEASURED  MARGIN  REQUESTS  ERRORS
        ✓ memory.rank  p95 < 100 ms         13.2 ms   +87 %     3,611       0
        ✓              error_rate < 0.1 %       0 %  +100 %
        ✓ max of service_rss < 512 MB        203 MB   +60 %
        – request_rate > 15,000/s             120/s   −99 %
          warm-up, not judged                                     604       0

          instrument sound: canary p99 1.9 ms (limit 25 ms) · k6 CPU 11.5 % (limit
          90 %) · 0 in books

        promises not measured in this run: project-assistant 1 of 6 · memory 1 of 3

        FAIL: load: p95 of projects.create is 642 ms, over its max of 500 ms (SOC-02)
        (and 1 more)
        Report: .proofload/runs/20260314-091502-quiet-otter/report.html
        Next:   npm run proofload -- run load
      "
    `);
  });

  it("of a run whose instrument was not sound judges no budget", () => {
    const text = render(withFewChecks(sampleRun("invalid")), 120);
    const load = text.slice(text.indexOf("⊘"), text.indexOf("memories") - "✓ PASS  ".length);
    expect(load).not.toMatch(/[✓✗]/u);
    expect(load).toMatchInlineSnapshot(`
      "⊘ INVALID  load · The mix of a working day at 200 requests per second
          project-assistant · 1 min measured after 10 s of warm-up · 12,199 iterations, open load

          ENDPOINT         BUDGET                    MEASURED  MARGIN  REQUESTS  ERRORS
        · auth.login       p95 < 100 ms, max 200 ms   89.2 ms   +55 %     1,227       0
        · projects.list    p95 < 200 ms, max 500 ms    8.5 ms   +98 %     6,031       0
        · projects.create  p95 < 200 ms, max 500 ms   21.4 ms   +96 %     2,428       0
        ·                  p99 < 2 s                    29 ms   +99 %
        · specs.read       p95 < 200 ms, max 500 ms    6.1 ms   +99 %     1,830       0
        · llm.questions    p95 < 5 s, max 10 s         2.30 s   +77 %       683       0
        · error_rate < 0.1 %                              0 %  +100 %
        · request_rate > 190/s                          203/s    +7 %
        · db_statements_per_request < 4                  2.31   +42 %
          warm-up, not judged                                             2,030       0

          instrument not sound: canary p99 102 ms (limit 25 ms) · start lag p99 41 ms (limit 25 ms) · k6 throttled 80.8 %
          (limit 1 %)
          the rest holds: k6 CPU 90 % (limit 90 %) · 0 in books

        ⊘ a fixed responder took 102 ms (p99) seen from k6, over the limit of 25 ms
        ⊘ iterations started 41 ms late (p99), over the limit of 25 ms
          → Give k6 more CPU: fewer other programs, a core of its own, a lower rate, or a second machine.
        ⊘ k6's CPU quota was used up in 80.8 % of its periods, over the limit of 1 %
          → Raise k6's CPU quota, or lower the rate.

        "
    `);
  });

  it("lists no missed budget as a reason where the instrument was not sound", () => {
    const { plan, record } = sampleRun("fail");
    const [first, ...rest] = record.scenarios;
    const unsound = first === undefined ? [] : [{ ...first, instrument: { ...first.instrument, overflowSeries: 1 } }];
    const changed = { ...record, scenarios: [...unsound, ...rest] };
    const text = render({ plan, record: changed, verdict: judge(plan, changed) }, 120);
    expect(text).not.toContain("over its max");
    expect(text).toContain("3 budgets and warnings are not listed");
  });

  it("says longer than the slowest answer where dropped iterations reach into a percentile, and how many there were", () => {
    const text = render(sampleRun("saturated"));
    expect(text).toMatch(/projects\.list +p95 < 200 ms \| 500 ms +> [\d.]+ m?s +−∞/);
    expect(text).toContain("1,488 dropped");
  });

  it.each(KINDS)("of kind %s ends with the verdict, the report and one next command", (kind) => {
    const { verdict } = sampleRun(kind);
    const lines = render(sampleRun(kind), 200).trimEnd().split("\n").slice(-3);
    expect(lines[0]).toBe(`  ${verdict.sentence}`);
    expect(lines[1]).toBe(`  Report: ${DIRECTORY}/report.html`);
    expect(lines[2]).toMatch(/^ {2}Next: {3}npm run proofload -- (run release|run load|doctor)$/);
  });

  it.each([60, 80, 120])("is never wider than %d columns", (columns) => {
    for (const run of [...KINDS.map(sampleRun), sampleRunWithNames(HOSTILE_NAMES)]) {
      const lines = render(run, columns).split("\n");
      const wide = lines.filter((line) => widthOf(line) > columns && !line.startsWith("  Report:"));
      expect(wide).toEqual([]);
    }
  });

  it("is the same text with and without colour", () => {
    for (const kind of KINDS) {
      const coloured = render(sampleRun(kind), 80, true);
      expect(coloured).toContain("\u001b[1m");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences are what is taken away
      expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(render(sampleRun(kind)));
    }
  });

  it("lets no name move the cursor, start a line or turn the reading direction", () => {
    const text = render(sampleRunWithNames(HOSTILE_NAMES));
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(text.length).toBeLessThan(200_000);
  });

  it("counts the promises that nothing measured, by target", () => {
    expect(render(sampleRun("pass"), 120)).toContain(
      "promises not measured in this run: project-assistant 1 of 6 · memory 1 of 3",
    );
  });
});
