import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { StreamBooks, StreamBooksLine } from "../collect/record.ts";
import { judge } from "../verdict/judge.ts";
import { renderHtml } from "./html.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import { reportSchema } from "./report-schema.ts";
import { sampleRun } from "./sample.ts";
import { streamTable } from "./stream-table.ts";
import { renderTerminal } from "./terminal.ts";

const line = (metric: string, sent: number, more: Partial<StreamBooksLine> = {}): StreamBooksLine => ({
  metric,
  sent,
  written: sent,
  rejected: 0,
  pending: 0,
  ...more,
});
const { written: _, ...unread } = line("http_reqs", 1200, { pending: 1200 });
const books = (lines: StreamBooksLine[], more: Partial<StreamBooks> = {}): StreamBooks => ({
  database: "InfluxDB 2.7.12",
  bucket: "proofload",
  lines,
  rejectedLines: 0,
  reasons: [],
  ...more,
});

/** Every report of a sample run whose first scenario has these books. */
function reports(stream: StreamBooks) {
  const { plan, record: sample } = sampleRun("pass");
  const scenarios = sample.scenarios.map((scenario, index) =>
    index === 0 ? { ...scenario, books: { ...scenario.books, stream } } : scenario,
  );
  const record = { ...sample, scenarios };
  const verdict = judge(plan, record);
  const assets = {
    script: "",
    style: "",
    sha256Base64: (text: string) => createHash("sha256").update(text).digest("base64"),
  };
  const flat = (text: string) => text.replaceAll(/\s+/g, " ");
  return {
    kind: verdict.kind,
    terminal: flat(renderTerminal(record, verdict, plan, { colour: false, columns: 100 })),
    markdown: renderMarkdown(record, verdict),
    html: flat(renderHtml(record, verdict, plan, assets)),
    json: reportSchema.parse(JSON.parse(renderJson(record, verdict))),
  };
}

describe("the books of the stream, in every report", () => {
  it("say in one sentence that every sample is in the database", () => {
    const { kind, terminal, markdown, html, json } = reports(books([line("http_reqs", 1200), line("latency", 1200)]));
    const sentence = "Every sample is in InfluxDB 2.7.12, bucket proofload.";
    expect(kind).toBe("PASS");
    expect(terminal).toContain(sentence);
    expect(terminal).toContain("service's books, database's books");
    expect(markdown).toContain(sentence);
    expect(html).toContain(sentence);
    expect(json.record.scenarios[0]?.books.stream?.lines).toHaveLength(2);
  });

  it("keep the verdict where the database was away, and say why and where the samples are", () => {
    const { kind, terminal, markdown, html } = reports(books([unread], { trouble: "connect ECONNREFUSED" }));
    expect(kind).toBe("PASS");
    for (const text of [terminal, html]) expect(text).toMatch(/is still in the log; .proofload stream. sends it/);
    expect(terminal).toContain("connect ECONNREFUSED");
    expect(markdown).toContain("still in the log");
    expect(html).toContain("not read");
  });

  it("name what the database rejected, with its reason, which is no loss", () => {
    const rejected = books([line("http_reqs", 1200, { written: 1198, rejected: 2 })], {
      rejectedLines: 1,
      reasons: ["422: field type conflict"],
    });
    const { kind, terminal, html } = reports(rejected);
    expect(kind).toBe("PASS");
    for (const text of [terminal, html])
      expect(text).toContain("It rejected 1 lines of the run (rejected.jsonl): 422: field type conflict.");
  });

  it("make the run INVALID where a sample is nowhere, or twice", () => {
    for (const written of [1199, 1201]) {
      const { kind, terminal, markdown, html } = reports(
        books([line("latency", 7), line("http_reqs", 1200, { written })]),
      );
      expect(kind).toBe("INVALID");
      expect(terminal).toContain(`k6 counted 1200 http_reqs, the database holds ${written}`);
      expect(markdown).toContain("not every sample is in the database");
      expect(html).toMatch(/http_reqs<\/th>.{0,250}≠/);
    }
  });

  it("make the run INVALID where series found no room, and name the tag and some values", () => {
    const overflow = { series: 4900, tags: [{ tag: "endpoint", values: 4900, examples: ["/user/1", "/user/2"] }] };
    const { kind, terminal } = reports(books([line("http_reqs", 1200)], { overflow }));
    expect(kind).toBe("INVALID");
    expect(terminal).toContain("4900 series found no room in the database: 4900 more of endpoint (/user/1, /user/2)");
    expect(terminal).toContain("stable name");
  });
});

describe("the table that `proofload stream` prints", () => {
  it("shows every metric, those first that do not close", () => {
    const table = streamTable("steady", books([line("latency", 7), line("http_reqs", 1200, { written: 1199 })]));
    expect(table).toMatchInlineSnapshot(`
      "  steady: Not every sample is in InfluxDB 2.7.12, bucket proofload: 1 of 2 metrics differ.
          METRIC      SENT  WRITTEN  REJECTED  IN THE LOG
          http_reqs  1,200    1,199         0           0  ≠
          latency        7        7         0           0  =
      "
    `);
  });
});
