import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { judge } from "../verdict/judge.ts";
import { sampleRun } from "./sample.ts";

it("docs/faq.md has a section for each check that can make a run INVALID", async () => {
  const page = await readFile(new URL("../../docs/faq.md", import.meta.url), "utf8");
  const sections = [...page.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  const { plan, record } = sampleRun("invalid");
  const everything = record.scenarios.map((scenario) => ({
    ...scenario,
    outcome: { ...scenario.outcome, keptFrom: [{ where: "192.0.2.1", times: 1 }] },
    iterations: scenario.iterations.map((stream) => ({ ...stream, dropped: 5, vusNeeded: 400 })),
    instrument: { ...scenario.instrument, overflowSeries: 1, serviceMode: ["inspector open"] },
    books: {
      ...scenario.books,
      stream: { bucket: "b", lines: [], rejectedLines: 0, reasons: [], overflow: { series: 1, tags: [] } },
    },
  }));
  const checks = judge(plan, { ...record, scenarios: everything }).scenarios.flatMap((scenario) => scenario.validity);
  const names = new Set(checks.map((check) => (check.name.startsWith("VUs of ") ? "VUs of a stream" : check.name)));
  expect([...names].filter((name) => !sections.includes(name))).toEqual([]);
  expect(names.size).toBeGreaterThan(9);
});
