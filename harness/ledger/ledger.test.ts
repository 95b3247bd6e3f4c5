import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashOfEntry } from "./entry.ts";
import { exportHistory, importHistory, keepEntry, pruneFolder, storedRunIn } from "./history.ts";
import { layoutOf } from "./layout.ts";
import { contentOf, dumpLedger, type OpenLedgerOptions, openLedger } from "./ledger.ts";
import { idOfNight, writeNight } from "./sample-history.ts";
import { readFolder } from "./sources.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "proofload-ledger-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const root = (name = "a") => join(folder, name);
async function dump(at = root(), options: OpenLedgerOptions = {}): Promise<string> {
  using ledger = await openLedger(at, options);
  return dumpLedger(ledger);
}
const silent = () => undefined;

describe("the ledger", () => {
  it("holds what is stored, however it got there: run after run, at once, and in a rebuild", async () => {
    for (const night of [3, 1, 2]) {
      await writeNight(root(), { night, factor: night });
      await dump();
    }
    const grown = await dump();
    expect(await dump(root(), { rebuild: true })).toBe(grown);
    await rm(join(root(), "ledger.sqlite"));
    expect(await dump()).toBe(grown);
    using ledger = await openLedger(root());
    const [row] = ledger.database
      .prepare(
        "SELECT created_at, branch, commit_sha, target, environment, parts.verdict AS verdict FROM runs JOIN parts ON run = id WHERE id = ?",
      )
      .all(idOfNight(2));
    expect({ ...row }).toEqual({
      created_at: "2026-01-03T03:15:00.000Z",
      branch: "main",
      commit_sha: "0002".padEnd(40, "c"),
      target: "project-assistant",
      environment: "embedded",
      verdict: "PASS",
    });
  });

  it("leaves out a run that did not end, takes it up when it has, and forgets one whose folder was deleted", async () => {
    const id = await writeNight(root(), { night: 1 });
    const verdict = join(root(), "runs", id, "verdict.json");
    const text = await readFile(verdict, "utf8");
    await rm(verdict);
    using empty = await openLedger(root());
    expect(contentOf(empty).runs).toBe(0);
    await writeFile(verdict, text);
    using full = await openLedger(root());
    expect(contentOf(full).runs).toBe(1);
    await rm(join(root(), "runs", id), { recursive: true });
    using gone = await openLedger(root());
    expect(contentOf(gone)).toMatchObject({ runs: 0, figures: 0 });
  });

  it("names what it cannot read, and holds everything else", async () => {
    await writeNight(root(), { night: 1 });
    const id = await writeNight(root(), { night: 2 });
    await truncate(join(root(), "runs", id, "record.json"), 1000);
    using ledger = await openLedger(root());
    expect(ledger.unreadable).toMatchObject([{ source: `runs/${id}`, why: expect.stringContaining("no whole JSON") }]);
    expect(contentOf(ledger).runs).toBe(1);
  });

  it.each<readonly [string, (file: string) => Promise<unknown>]>([
    ["no database at all", (file) => writeFile(file, "not a database ".repeat(500))],
    ["a page overwritten", async (file) => writeFile(file, (await readFile(file)).fill(0xff, 4096, 8192))],
    [
      "an older version",
      async (file) => {
        const database = new DatabaseSync(file);
        database.exec("DROP TABLE figures; PRAGMA user_version = 0");
        database.close();
      },
    ],
  ])("is made anew from the files when it is damaged: %s", async (_, damage) => {
    await writeNight(root(), { night: 1 });
    await writeNight(root(), { night: 2 });
    const before = await dump();
    await damage(join(root(), "ledger.sqlite"));
    using ledger = await openLedger(root());
    expect(ledger.renewed).toMatch(/damaged|version 0/);
    expect(dumpLedger(ledger)).toBe(before);
  });

  it("takes runs from two processes at once", async () => {
    const code = (from: number) => `
      import { openLedger } from ${JSON.stringify(new URL("ledger.ts", import.meta.url).href)};
      import { writeNight } from ${JSON.stringify(new URL("sample-history.ts", import.meta.url).href)};
      for (let night = ${from}; night < ${from} + 12; night += 1) {
        await writeNight(${JSON.stringify(root())}, { night });
        (await openLedger(${JSON.stringify(root())}))[Symbol.dispose]();
      }`;
    const both = [0, 100].map((from) =>
      promisify(execFile)(process.execPath, ["--input-type=module", "-e", code(from)]),
    );
    await Promise.all(both);
    using ledger = await openLedger(root());
    expect(contentOf(ledger).runs).toBe(24);
    const indexed = dumpLedger(ledger);
    expect(await dump(root(), { rebuild: true })).toBe(indexed);
  });
});

describe("the history", () => {
  it("keeps what a pruned run measured, and the run can still be read", async () => {
    const id = await writeNight(root(), { night: 1, factor: 2 });
    await writeNight(root(), { night: 2 });
    const figures = async () => (await dump()).split("-- runs")[1];
    const before = await figures();
    await pruneFolder(layoutOf(root()), id);
    expect(await readdir(join(root(), "runs"))).toEqual([idOfNight(2)]);
    expect(await figures()).toBe(before);
    using ledger = await openLedger(root());
    expect((await storedRunIn(ledger, id)).record.runId).toBe(id);
  });

  it("goes from one folder to another, twice without a change, and comes back as the same", async () => {
    for (const night of [1, 2, 3]) await writeNight(root(), { night });
    using ledger = await openLedger(root());
    expect(await exportHistory(ledger, root("out"), silent)).toEqual({ runs: 3, studies: 0, written: 3, failed: [] });
    expect(await exportHistory(ledger, root("out"), silent)).toEqual({ runs: 3, studies: 0, written: 0, failed: [] });
    await writeNight(root("b"), { night: 4 });
    const second = layoutOf(root("b"));
    expect(await importHistory(second, [root("out")], silent)).toEqual({ found: 3, added: 3, refused: [] });
    const once = await dump(root("b"));
    expect(await importHistory(second, [root("out")], silent)).toMatchObject({ found: 3, added: 0 });
    expect(await dump(root("b"))).toBe(once);
    using imported = await openLedger(root("b"));
    await exportHistory(imported, root("back"), silent);
    expect((await readdir(root("back"))).length).toBe(4);
    await importHistory(layoutOf(root()), [root("back")], silent);
    expect(tablesOf(await dump())).toBe(tablesOf(once));
  });

  it("refuses damaged files by name, and takes everything else", async () => {
    for (const night of [1, 2, 3, 4]) await writeNight(root(), { night });
    using ledger = await openLedger(root());
    await exportHistory(ledger, root("out"), silent);
    const [cut = "", edited = "", renamed = ""] = await readdir(root("out"));
    await truncate(join(root("out"), cut), 500);
    await writeFile(join(root("out"), edited), await readFile(join(root("out"), renamed)));
    await cp(join(root("out"), renamed), join(root("out"), "mine.json.gz"));
    const { added, refused } = await importHistory(layoutOf(root("b")), [root("out")], silent);
    expect(added).toBe(2);
    expect(refused.map(({ where }) => where).sort()).toEqual(
      [cut, edited, "mine.json.gz"].map((name) => join(root("out"), name)).sort(),
    );
    using second = await openLedger(root("b"));
    expect([contentOf(second).runs, second.unreadable]).toEqual([2, []]);
  });

  it("carries studies: the one with more results stays, and a name that leads elsewhere is refused", async () => {
    const study = (name: string, ...results: readonly number[]) => ({
      schema: "proofload/study/1",
      name,
      id: "20260101-031500-a",
      settings: {},
      results,
    });
    const at = (name: string) => join(root(name), "studies", "aa", "20260101-031500-a.json");
    const write = async (name: string, content: object) => {
      await mkdir(join(root(name), "studies", "aa"), { recursive: true });
      await writeFile(at(name), JSON.stringify(content));
    };
    const resultsIn = async (name: string) => JSON.parse(await readFile(at(name), "utf8")).results;
    await write("a", study("aa", 1, 2));
    using ledger = await openLedger(root("a"));
    expect(await exportHistory(ledger, root("out"), silent)).toMatchObject({ runs: 0, studies: 1, written: 1 });
    expect(await exportHistory(ledger, root("out"), silent)).toMatchObject({ written: 0 });
    const second = layoutOf(root("b"));
    expect(await importHistory(second, [root("out")], silent)).toMatchObject({ added: 1, refused: [] });
    expect(await importHistory(second, [root("out")], silent)).toMatchObject({ added: 0, refused: [] });
    expect(await resultsIn("b")).toEqual([1, 2]);
    await write("b", study("aa", 1, 2, 3));
    expect(await importHistory(second, [root("out")], silent)).toMatchObject({ added: 0 });
    expect(await resultsIn("b")).toEqual([1, 2, 3]);
    const hostile = {
      schema: "proofload/ledger-entry/1",
      kind: "study",
      id: "x",
      record: study("../../x", 1),
    } as const;
    await keepEntry(root("hostile"), hostile);
    expect(await importHistory(second, [root("hostile")], silent)).toMatchObject({
      added: 0,
      refused: [{ what: "it says that it is a study, and is none" }],
    });
  });

  it("exports everything else where a file was damaged after it was indexed, and names it", async () => {
    for (const night of [1, 2, 3]) await writeNight(root(), { night });
    using ledger = await openLedger(root());
    await truncate(join(root(), "runs", idOfNight(1), "record.json"), 100);
    const { written, failed } = await exportHistory(ledger, root("out"), silent);
    expect([written, failed.map(({ where }) => where)]).toEqual([2, [idOfNight(1)]]);
  });

  it("refuses a run and a comparison that have not ended", async () => {
    const id = await writeNight(root(), { night: 1 });
    const run = join(root(), "runs", id);
    await rm(join(run, "verdict.json"));
    const ab = join(root(), "ab", "20260101-031500-ab-0001");
    await mkdir(ab, { recursive: true });
    await writeFile(join(ab, "ab.json"), JSON.stringify({ runId: "ab", createdAt: "2026-01-01T03:15:00.000Z" }));
    const { added, refused } = await importHistory(layoutOf(root("b")), [run, ab], silent);
    expect(added).toBe(0);
    expect(refused).toEqual([run, ab].map((where) => ({ where, what: "it has not ended: there is no verdict.json" })));
  });

  it("shows the same of two contents of one run, whichever came first, and the other when that is gone", async () => {
    const id = await writeNight(root("one"), { night: 1 });
    await writeNight(root("two"), { night: 1, factor: 2 });
    const entries = await Promise.all(["one", "two"].map((name) => readFolder("run", join(root(name), "runs", id))));
    const histories = ["x", "y"].map((name) => layoutOf(root(name)));
    for (const [index, layout] of histories.entries()) {
      for (const entry of index === 0 ? entries : [...entries].reverse()) {
        await keepEntry(layout.history, entry);
        await dump(layout.root);
      }
    }
    expect(await dump(root("x"))).toBe(await dump(root("y")));
    const [lesser, greater] = entries.map(hashOfEntry).sort();
    await rm(join(layoutOf(root("x")).history, `${greater}.json.gz`));
    expect(await dump(root("x"))).toContain(lesser);
    expect(await dump(root("x"))).not.toContain(greater);
    expect(await dump(root("x"))).toBe(await dump(root("x"), { rebuild: true }));
  });
});

/** All but where it was read from. */
function tablesOf(text: string): string {
  return text.slice(text.indexOf("-- runs"));
}
