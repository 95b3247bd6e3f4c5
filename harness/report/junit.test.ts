import { describe, expect, it } from "vitest";
import type { Verdict } from "../verdict/verdict.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { renderJunit } from "./junit.ts";
import { type SampleRun, sampleRun, sampleRunWithNames, withFewChecks } from "./sample.ts";

const render = ({ record, verdict }: SampleRun) => renderJunit(record, verdict);
const suiteOf = (xml: string, name: string) => {
  const from = xml.indexOf(`<testsuite name="${name}"`);
  return xml.slice(from, xml.indexOf("</testsuite>", from));
};

describe("the result as JUnit XML", () => {
  it("fails a scenario that failed without a budget, so that it never shows as green", () => {
    const { record, verdict } = sampleRun("pass");
    const sentence = "out of memory: the service went past 64 MiB under load";
    const [first, ...others] = verdict.scenarios;
    if (first === undefined) throw new Error("the sample has scenarios");
    const failed = { ...first, kind: "FAIL", reasons: [{ kind: "FAIL", code: "out of memory", sentence }] } as const;
    const suite = suiteOf(renderJunit(record, { ...verdict, scenarios: [failed, ...others] }), first.scenario);
    expect(suite).toContain('failures="1"');
    expect(suite).toContain(`<failure message="out of memory" type="FAIL">${sentence}</failure>`);
  });

  it("has a suite for each scenario, a case for each budget and each check, and fails with the observed value", () => {
    expect(suiteOf(render(withFewChecks(sampleRun("fail"))), "load")).toMatchInlineSnapshot(`
      "<testsuite name="load" tests="13" failures="2" errors="0" skipped="0" time="70.400" timestamp="2026-03-14T09:15:02.000Z">
          <properties>
            <property name="verdict" value="FAIL"/>
            <property name="run" value="20260314-091502-quiet-otter"/>
            <property name="proofload" value="0.1.0"/>
          </properties>
          <testcase name="instrument: canary p99" classname="project-assistant.load" time="0">
            <system-out>1.9 ms, limit 25 ms: what a fixed responder took, seen from the same k6 process: the floor of every latency here</system-out>
          </testcase>
          <testcase name="instrument: start lag p99" classname="project-assistant.load" time="0">
            <system-out>1 ms, limit 25 ms: how late iterations started, until the service made k6 drop one</system-out>
          </testcase>
          <testcase name="instrument: k6 CPU" classname="project-assistant.load" time="0">
            <system-out>11.5 %, limit 90 %: share that k6 used of the CPU that quota and cpuset allow it</system-out>
          </testcase>
          <testcase name="instrument: books" classname="project-assistant.load" time="0">
            <system-out>0, limit 0: difference between what k6 counted and what the raw log holds, over all metrics</system-out>
          </testcase>
          <testcase name="auth.login: p95 &#60; 100 ms, max 200 ms (SOC-01)" classname="project-assistant.load" time="0">
            <system-out>WARNING: over its target; measured 108 ms, target 100 ms, max 200 ms, margin +46 %, 1,227 samples</system-out>
          </testcase>
          <testcase name="projects.list: p95 &#60; 200 ms, max 500 ms (SOC-02)" classname="project-assistant.load" time="0">
            <system-out>measured 8.5 ms, target 200 ms, max 500 ms, margin +98 %, 6,031 samples</system-out>
          </testcase>
          <testcase name="projects.create: p95 &#60; 200 ms, max 500 ms (SOC-02)" classname="project-assistant.load" time="0">
            <failure message="measured 642 ms" type="budget">measured 642 ms, target 200 ms, max 500 ms, margin −28 %, 2,428 samples</failure>
          </testcase>
          <testcase name="projects.create: p99 &#60; 2 s (SOC-08)" classname="project-assistant.load" time="0">
            <system-out>measured 870 ms, target 2 s, max 2 s, margin +56 %, 2,428 samples</system-out>
          </testcase>
          <testcase name="specs.read: p95 &#60; 200 ms, max 500 ms (SOC-02)" classname="project-assistant.load" time="0">
            <system-out>measured 6.1 ms, target 200 ms, max 500 ms, margin +99 %, 1,830 samples</system-out>
          </testcase>
          <testcase name="llm.questions: p95 &#60; 5 s, max 10 s (SOC-03)" classname="project-assistant.load" time="0">
            <system-out>measured 2.37 s, target 5 s, max 10 s, margin +76 %, 636 samples</system-out>
          </testcase>
          <testcase name="load: error_rate &#60; 0.1 % (SOC-08)" classname="project-assistant.load" time="0">
            <failure message="measured 0.402 %" type="budget">measured 0.402 %, target 0.1 %, max 0.1 %, margin −302 %, 12,201 samples</failure>
          </testcase>
          <testcase name="load: request_rate &#62; 190/s (SOC-08)" classname="project-assistant.load" time="0">
            <system-out>measured 203/s, target 190/s, max 190/s, margin +7 %, 12,152 samples</system-out>
          </testcase>
          <testcase name="load: db_statements_per_request &#60; 4 (SOC-09)" classname="project-assistant.load" time="0">
            <system-out>measured 2.31, target 4, max 4, margin +42 %, 12,201 samples</system-out>
          </testcase>
        "
    `);
  });

  it("counts an unsound instrument as errors, and its budgets as neither green nor red", () => {
    const suite = suiteOf(render(sampleRun("invalid")), "load");
    expect(suite).toMatch(/<testsuite name="load" tests="\d+" failures="0" errors="3" skipped="9"/);
    expect(suite).toContain('<error message="canary p99 was 102 ms, limit 25 ms');
  });

  it("counts what is inconclusive as a failure of that type", () => {
    expect(render(sampleRun("inconclusive"))).toContain(
      '<failure message="49 samples, and p95 needs at least 72" type="inconclusive">',
    );
  });

  it("loses no reason that is neither a budget nor a check", () => {
    const { record, verdict } = sampleRun("pass");
    const [first, ...rest] = verdict.scenarios;
    const reasons = [
      { kind: "INVALID" as const, code: "k6 failed", sentence: "k6 ended with SIGKILL", remedy: "See k6.log." },
    ];
    const stopped: Verdict = {
      ...verdict,
      scenarios: first === undefined ? [] : [{ ...first, kind: "INVALID", reasons }, ...rest],
    };
    const xml = renderJunit(record, stopped);
    expect(xml).toContain('errors="1"');
    expect(xml).toContain("k6 ended with SIGKILL → See k6.log.");
  });

  it("holds no character that XML does not have, whatever the names are", () => {
    const xml = render(sampleRunWithNames(HOSTILE_NAMES));
    expect(xml.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\ufffe\uffff]/u);
    expect(
      xml.match(/<(?!\/?(testsuites?|testcase|properties|property|failure|error|skipped|system-out)\b|\?xml )/g),
    ).toBeNull();
  });
});
