import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ProofloadError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { type RunCommandLine, runSequence } from "./run-sequence.ts";

async function folder() {
  const path = await mkdtemp(join(tmpdir(), "sequence-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A clock that moves by a second with every look. */
function hostIn(cwd: string, interrupted = new AbortController().signal): Host {
  let at = Date.parse("2026-11-21T03:00:00Z");
  const out = { write: () => {}, note: () => {}, live: false, colour: false, columns: 100 };
  return {
    env: {},
    cwd,
    out,
    interrupted,
    now() {
      at += 1000;
      return at;
    },
  };
}

const lines = (...texts: readonly string[]) =>
  texts.map((text) => ({ text, words: text.split(" "), needsTag: text.includes("{last-tag}") }));

/** Leaves a run whose only scenario has this verdict, and ends with the code that goes with it. */
function commands(kinds: Readonly<Record<string, "PASS" | "FAIL" | "INVALID" | "broken">>): RunCommandLine {
  return async ([command = "", what = ""], { cwd, out }) => {
    const kind = kinds[what] ?? "PASS";
    if (kind === "broken") throw new ProofloadError("PL_START_FAILED", "the service did not start");
    const directory = join(cwd, ".proofload", "runs", `${command}-${what}-${Math.random()}`);
    await mkdir(directory, { recursive: true });
    const verdict = { kind, sentence: `${kind}: because of ${what}`, scenarios: [{ scenario: what, kind }] };
    await writeFile(join(directory, "verdict.json"), JSON.stringify(verdict));
    out.write(`a table of ${what}\n`);
    return { PASS: 0, FAIL: 1, INVALID: 3 }[kind];
  };
}

const run = (cwd: string, texts: readonly string[], runCommandLine: RunCommandLine, host = hostIn(cwd)) =>
  runSequence(host, { name: "nightly", lines: lines(...texts), configDirectory: cwd, more: [], runCommandLine });

describe("a sequence of commands", () => {
  it("goes on after a part that failed and one that could not start, and ends with the worst of them", async () => {
    await using here = await folder();
    const texts = ["run crud", "run broken", "run load"];
    const { record } = await run(here.path, texts, commands({ crud: "FAIL", broken: "broken" }));
    expect(record.parts.map(({ line, exitCode }) => [line, exitCode])).toEqual([
      ["run crud", 1],
      ["run broken", 4],
      ["run load", 0],
    ]);
    expect(record.exitCode).toBe(4);
    const invalid = await run(here.path, ["run crud", "run load"], commands({ crud: "FAIL", load: "INVALID" }));
    expect(invalid.record.exitCode).toBe(3);
  });

  it("leaves one page that says what every part found and where to look", async () => {
    await using here = await folder();
    const { directory } = await run(
      here.path,
      ["run crud", "run broken"],
      commands({ crud: "FAIL", broken: "broken" }),
    );
    const page = await readFile(join(directory, "report.md"), "utf8");
    expect(page).toContain("## ERROR: nightly");
    expect(page).toContain("| `run crud` | FAIL |");
    expect(page).toMatch(/- run crud: FAIL: because of crud \(`\.\.\/\.\.\/runs\/run-crud-/);
    expect(page).toContain("- run broken: → Read the log named above");
    expect(await readFile(join(directory, "1-run.txt"), "utf8")).toBe("a table of crud\n");
    expect(await readFile(join(directory, "report.html"), "utf8")).toContain("because of crud");
  });

  it("says what came out otherwise than the last time, and nothing where nothing did", async () => {
    await using here = await folder();
    const later = () => ({ ...hostIn(here.path), now: () => Date.parse("2026-11-22T03:00:00Z") });
    await run(here.path, ["run crud", "run load"], commands({}));
    const { directory } = await run(here.path, ["run crud", "run load"], commands({ load: "FAIL" }), later());
    const page = await readFile(join(directory, "report.md"), "utf8");
    expect(page).toContain("- run load: PASS → FAIL\n- load: PASS → FAIL\n");
    expect(page).not.toContain("crud: PASS →");
    const third = { ...later(), now: () => Date.parse("2026-11-23T03:00:00Z") };
    const same = await run(here.path, ["run crud", "run load"], commands({ load: "FAIL" }), third);
    expect(await readFile(join(same.directory, "report.md"), "utf8")).toContain("- Nothing came out otherwise.");
  });

  it("shows of a part that leaves no folder what it said last: a trend without a series is no good news", async () => {
    await using here = await folder();
    const trend: RunCommandLine = async (_, { out }) => {
      out.write("  0 runs\n\n  no series yet\n");
      return 0;
    };
    const { directory } = await run(here.path, ["trend --gate"], trend);
    expect(await readFile(join(directory, "report.md"), "utf8")).toMatch(
      /\| `trend --gate` \| PASS \| .* \| no series yet \|/,
    );
    expect(await readFile(join(directory, "report.html"), "utf8")).toContain("<td>no series yet");
  });

  it("leaves out what needs a tag where there is none, and that is no failure", async () => {
    await using here = await folder();
    const { record } = await run(here.path, ["ab crud --base {last-tag} --head ."], commands({}));
    expect(record.parts).toMatchObject([{ why: "left out: there is no tag before this commit to compare with" }]);
    expect(record.exitCode).toBe(0);
  });

  it("says that a shallow checkout is why there is no tag, and compares with the last one in a whole one", async () => {
    await using here = await folder();
    const git = (cwd: string, ...args: readonly string[]) =>
      promisify(execFile)("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd });
    await git(here.path, "init", "--quiet", "origin");
    const origin = join(here.path, "origin");
    for (const text of ["one", "two"]) await git(origin, "commit", "--quiet", "--allow-empty", "-m", text);
    await git(origin, "tag", "v1", "HEAD^");
    await git(here.path, "clone", "--quiet", "--depth", "1", `file://${origin}`, "shallow");
    const asked: (readonly string[])[] = [];
    const listening: RunCommandLine = async (argv) => {
      asked.push(argv);
      return 0;
    };
    const line = "ab crud --base {last-tag} --head .";
    const shallow = await run(join(here.path, "shallow"), [line], listening);
    expect(shallow.record.parts[0]?.why).toContain("fetch-depth: 0");
    await run(origin, [line], listening);
    expect(asked).toEqual([["ab", "crud", "--base", "v1", "--head", "."]]);
  });

  it("ends with an interruption, and keeps what there was until then", async () => {
    await using here = await folder();
    const stop = new AbortController();
    const host = hostIn(here.path, stop.signal);
    const inner = commands({});
    const interrupted: RunCommandLine = async (argv, given) => {
      const code = await inner(argv, given);
      stop.abort(new ProofloadError("PL_INTERRUPTED", "stopped"));
      return code;
    };
    await expect(run(here.path, ["run crud", "run load"], interrupted, host)).rejects.toThrow("stopped");
    const { before } = await run(here.path, ["run crud"], commands({}));
    expect(before?.parts.map(({ line }) => line)).toEqual(["run crud"]);
  });
});
