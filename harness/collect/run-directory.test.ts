import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { Plan } from "../plan/plan.ts";
import type { RunRecord } from "./record.ts";
import { createRunDirectory, listRuns, openRun, resolveRun } from "./run-directory.ts";

let cwd: string;
let root: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "runs-"));
  root = join(cwd, ".proofload", "runs");
});
afterEach(async () => {
  await chmod(cwd, 0o700);
  await rm(cwd, { recursive: true });
});

const plan: Plan = {
  schema: "proofload/plan/1",
  runId: "x",
  createdAt: "2026-11-21T00:00:00.000Z",
  suite: "quick",
  environment: { kind: "url", url: "http://127.0.0.1:1" },
  scenarios: [],
  requirements: [],
};
const record: RunRecord = {
  schema: "proofload/record/1",
  runId: "x",
  suite: "quick",
  createdAt: "2026-11-21T00:00:00.000Z",
  proofloadVersion: "0.1.0",
  sharedHost: false,
  fingerprint: sampleFingerprint(),
  scenarios: [],
};

async function makeRuns(...ids: string[]): Promise<void> {
  for (const id of ids) await (await createRunDirectory(root, id)).write("plan.json", plan);
}

describe("run directories", () => {
  it("give back what was written", async () => {
    const made = await createRunDirectory(root, "20261121-a");
    await made.write("plan.json", plan);
    await made.write("record.json", record);
    await made.write("report.md", "# Report\n");
    expect(await made.scenario("crud")).toBe(join(root, "20261121-a", "scenarios", "crud"));
    const opened = await openRun(root, "last");
    expect(opened).toMatchObject({ path: made.path, runId: "20261121-a" });
    expect(await opened.readPlan()).toEqual(plan);
    expect(await opened.readRecord()).toEqual(record);
    expect(await readFile(join(made.path, "report.md"), "utf8")).toBe("# Report\n");
  });

  it("hold a whole file or none, and no temporary ones", async () => {
    const made = await createRunDirectory(root, "20261121-a");
    const writes = Array.from({ length: 20 }, (_, index) =>
      made.write("record.json", { ...record, suite: `${index}` }),
    );
    await Promise.all(writes);
    expect((await made.readRecord()).schema).toBe("proofload/record/1");
    expect(await readdir(made.path)).toEqual(["record.json"]);
  });

  it("are found by id, unique prefix, age and path", async () => {
    await makeRuns("20261121-031500-quick-3f9a", "20261121-031600-quick-77aa", "20261122-000000-smoke-0001");
    const last = join(root, "20261122-000000-smoke-0001");
    expect(await resolveRun(root, "last")).toBe(last);
    expect(await resolveRun(root, "last~2")).toBe(join(root, "20261121-031500-quick-3f9a"));
    expect(await resolveRun(root, "20261122")).toBe(last);
    expect(await resolveRun(root, "20261121-031600-quick-77aa")).toBe(join(root, "20261121-031600-quick-77aa"));
    expect(await resolveRun(root, last)).toBe(last);
    expect(await resolveRun(root, ".proofload/runs/20261122-000000-smoke-0001/")).toBe(last);
    expect(await listRuns(root)).toHaveLength(3);
  });

  it("that cannot be told apart, or are not there, are PL_RUN_UNKNOWN", async () => {
    await expect(resolveRun(root, "last")).rejects.toMatchObject({ code: "PL_RUN_UNKNOWN" });
    await makeRuns("20261121-a", "20261121-b");
    await expect(resolveRun(root, "2026")).rejects.toThrow("it may be 20261121-a or 20261121-b");
    await expect(resolveRun(root, "last~2")).rejects.toThrow("there are only 2");
    await expect(resolveRun(root, "nonsense")).rejects.toThrow("the newest is 20261121-b");
    await expect(resolveRun(root, "")).rejects.toMatchObject({ code: "PL_RUN_UNKNOWN" });
  });

  it("tell a truncated and an edited file, by file and field", async () => {
    const made = await createRunDirectory(root, "20261121-a");
    await expect(made.readRecord()).rejects.toMatchObject({ code: "PL_RUN_UNREADABLE" });
    await made.write("record.json", record);
    const file = join(made.path, "record.json");
    await writeFile(file, (await readFile(file, "utf8")).slice(0, 80));
    await expect(made.readRecord()).rejects.toThrow(/record\.json is no whole JSON/);
    await writeFile(file, JSON.stringify({ ...record, sharedHost: "no" }));
    await expect(made.readRecord()).rejects.toMatchObject({
      code: "PL_RUN_UNREADABLE",
      message: expect.stringMatching(/record\.json was truncated or edited.*sharedHost/),
      problems: [expect.objectContaining({ where: `${file}: sharedHost` })],
    });
    await made.write("plan.json", { ...plan, schema: "proofload/plan/2" });
    await expect(made.readPlan()).rejects.toThrow(/plan\.json.*schema/);
  });

  it("that cannot be written are PL_RUN_DIRECTORY", async () => {
    await mkdir(root, { recursive: true });
    await writeFile(join(root, "file"), "");
    await expect(createRunDirectory(join(root, "file"), "x")).rejects.toMatchObject({ code: "PL_RUN_DIRECTORY" });
    await expect(createRunDirectory("/proc/runs/here", "x")).rejects.toMatchObject({ code: "PL_RUN_DIRECTORY" });
    await createRunDirectory(root, "20261121-a");
    await expect(createRunDirectory(root, "20261121-a")).rejects.toThrow("it is there already");
    const gone = await createRunDirectory(root, "20261121-b");
    await rm(gone.path, { recursive: true });
    await expect(gone.write("plan.json", plan)).rejects.toMatchObject({ code: "PL_RUN_DIRECTORY" });
  });
});
