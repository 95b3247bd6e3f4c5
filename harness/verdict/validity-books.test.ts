import { describe, expect, it } from "vitest";
import type { BooksRecord, SeriesOverflowRecord, StreamBooksLine } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import { cartPlan, cartRecord } from "./sample-cart.ts";
import { judgeValidity } from "./validity.ts";

const { machine } = sampleFingerprint();
const { books } = cartRecord();
const judged = (change: Partial<BooksRecord>) =>
  judgeValidity(cartPlan(), cartRecord({ books: { ...books, ...change } }), machine);
/** "code: sentence – remedy" */
const reasons = (change: Partial<BooksRecord>) =>
  judged(change).invalid.map(({ code, sentence, remedy }) => `${code}: ${sentence} – ${remedy}`);
const check = (name: string, change: Partial<BooksRecord>) => judged(change).checks.find((one) => one.name === name);

describe("k6's own books against the raw log", () => {
  const LOST = "Samples were lost between k6 and the receiver: see k6.log and the free space of the run directory.";

  it("do not close where any metric differs, in either direction, and the first that does is named", () => {
    const lines = [
      { metric: "iterations", k6: 500, log: 500 },
      { metric: "http_reqs", k6: 1000, log: 995 },
      { metric: "checks", k6: 800, log: 803 },
    ];
    expect(reasons({ lines })).toEqual([
      `books do not close: k6 counted 1000 http_reqs, the raw log holds 995 – ${LOST}`,
    ]);
    expect(check("books", { lines })).toMatchObject({ value: 8, ok: false });
  });

  it("do not close where there are none", () => {
    expect(reasons({ lines: [] })).toEqual([
      `books do not close: k6 left no summary to hold the raw log against – ${LOST}`,
    ]);
    expect(check("books", { lines: [] })).toMatchObject({ value: 0, ok: false });
  });

  it("are not to be trusted where a record of the log is damaged", () => {
    expect(reasons({ damaged: 2 })).toEqual([
      "raw log damaged: 2 records of the raw log are damaged – Check the disk that holds the run directory, and run again.",
    ]);
    expect(check("damaged records", { damaged: 2 })).toMatchObject({ value: 2, limit: 0, ok: false });
  });
});

describe("the service's books", () => {
  type Line = NonNullable<BooksRecord["service"]>[number];
  const line = (k6: number, service: number, change: Partial<Line> = {}): Line => ({
    endpoint: "cart.read",
    status: "200",
    k6,
    service,
    ...change,
  });
  const gaveUp = (k6: number, endpoint = "cart.read") => line(k6, 0, { endpoint, status: "0" });
  const differing = (...service: Line[]) => check("service's books", { service })?.value;

  it("close where it counted what k6 sent, and the requests that k6 no longer waited for", () => {
    expect(differing()).toBe(0);
    expect(differing(line(990, 990), gaveUp(10))).toBe(0);
    expect(differing(line(990, 1000), gaveUp(10))).toBe(0);
    expect(differing(line(990, 1001), gaveUp(10))).toBe(1);
    expect(differing(line(990, 989), gaveUp(10))).toBe(1);
  });

  it("do not close by the requests that k6 gave up on another endpoint, or by its other answers", () => {
    expect(differing(line(990, 1000), gaveUp(10, "cart.write"))).toBe(1);
    expect(differing(line(990, 1000), line(10, 10, { status: "500" }))).toBe(1);
  });

  it("name the first line that differs", () => {
    const service = [line(1000, 1000), line(30, 42, { status: "404" }), line(5, 1, { endpoint: "cart.write" })];
    expect(reasons({ service })).toEqual([
      "books do not close: the service answered 42 requests of cart.read with 404, k6 saw 30 – Something else talks to the service, or its counters and the target's paths do not match.",
    ]);
    expect(check("service's books", { service })).toMatchObject({ value: 2, limit: 0, ok: false });
  });
});

describe("the database's books", () => {
  const line = (change: Partial<StreamBooksLine> = {}): StreamBooksLine => ({
    metric: "http_reqs",
    sent: 1000,
    written: 1000,
    rejected: 0,
    pending: 0,
    ...change,
  });
  const stream = (lines: readonly StreamBooksLine[], overflow?: SeriesOverflowRecord) => ({
    stream: {
      bucket: "proofload",
      lines,
      rejectedLines: 0,
      reasons: [],
      ...(overflow === undefined ? {} : { overflow }),
    },
  });

  it("close where all is written, refused or still in the log, and where the database could not be asked", () => {
    const { written: _, ...unasked } = line({ pending: 3 });
    const whole = stream([line(), line({ written: 900, rejected: 40, pending: 60 }), unasked]);
    expect(judged(whole).invalid).toEqual([]);
    expect(check("database's books", whole)).toMatchObject({ value: 0, limit: 0, ok: true });
  });

  it("do not close where samples are gone or too many, and name the first metric", () => {
    const open = stream([
      line({ metric: "iterations" }),
      line({ written: 900, rejected: 40, pending: 55 }),
      line({ metric: "checks", written: 1002 }),
    ]);
    expect(reasons(open)).toEqual([
      "not every sample is in the database: k6 counted 1000 http_reqs, the database holds 900, rejected 40, and 55 are still in the log – Somebody else writes to this run or deletes from it, or the database lost what it had taken.",
    ]);
    expect(check("database's books", open)).toMatchObject({ value: 7, ok: false });
  });

  const REMEDY = "Give requests, checks and metrics a stable name instead of a URL or an id.";

  it("say which tags had more values than there was room for", () => {
    const folded = stream([line()], {
      series: 1234,
      tags: [
        { tag: "name", values: 900, examples: ["/cart/1", "/cart/2"] },
        { tag: "check", values: 12, examples: ["is 1"] },
      ],
    });
    expect(reasons(folded)).toEqual([
      `too many series: 1234 series found no room in the database: 900 more of name (/cart/1, /cart/2); 12 more of check (is 1) – ${REMEDY}`,
    ]);
    expect(check("series in the database", folded)).toEqual({
      name: "series in the database",
      value: 1234,
      limit: 0,
      unit: "count",
      ok: false,
      meaning: "series that found no room of their own: they were added up under __other__",
    });
  });

  it("say how many series it were where nobody knows the tags", () => {
    expect(reasons(stream([line()], { series: 9, tags: [] }))).toEqual([
      `too many series: 9 series found no room in the database – ${REMEDY}`,
    ]);
  });
});
