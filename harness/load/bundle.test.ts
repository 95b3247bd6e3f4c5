import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ProofloadError } from "../errors.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { bundleScenario, bundleText } from "./bundle.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "proofload-bundle-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function plan(script: string, exec = "crud"): ScenarioPlan {
  return {
    name: "crud",
    title: "CRUD",
    target: "t",
    profile: { name: "small", cpus: 2, memoryGiB: 4 },
    kind: "proofload",
    script,
    warmupSeconds: 0,
    measuredSeconds: 5,
    streams: [{ name: "main", exec, measured: { model: "open", rate: 10, seconds: 5, vus: 5 }, calls: {} }],
    endpoints: [],
    budgets: [],
    settings: {},
    params: { users: 3 },
    data: { seed: 7 },
  };
}

async function problemsOf(text: string, exec?: string): Promise<ProofloadError> {
  const script = join(folder, "scenario.ts");
  await writeFile(script, text);
  const error = await bundleScenario(plan(script, exec), folder).catch((reason: unknown) => reason);
  if (!(error instanceof ProofloadError)) throw new Error(`expected a ProofloadError, got ${error}`);
  return error;
}

test("a syntax error names file, line and column, and shows the line", async () => {
  const error = await problemsOf("export function crud() {\n  const x = ;\n}\n");
  expect(error.code).toBe("PL_SCENARIO");
  expect(error.problems).toEqual([{ what: expect.stringContaining("const x = ;"), where: "scenario.ts:2:13" }]);
});

test("every unknown import is reported, not only the first", async () => {
  const error = await problemsOf('import "./a.ts";\nimport "./b.ts";\nexport function crud() {}\n');
  expect(error.problems.map((problem) => problem.where)).toEqual(["scenario.ts:1:8", "scenario.ts:2:8"]);
});

test("a function that the plan runs and the script does not export is named, with the nearest one", async () => {
  const error = await problemsOf("export function crudd() {}\nexport function other() {}\n");
  expect(error.code).toBe("PL_SCENARIO");
  expect(error.problems).toEqual([{ what: expect.stringContaining("crud"), where: "scenario.ts", instead: "crudd" }]);
});

test("a script that is not there is an error of the scenario", async () => {
  const error = await bundleScenario(plan(join(folder, "nowhere.ts")), folder).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "PL_SCENARIO" });
});

test("the hash follows the code and not the place: the same scenario elsewhere has the same hash", async () => {
  const text = "export function crud() {}\n";
  const other = await mkdtemp(join(tmpdir(), "proofload-bundle-"));
  try {
    await writeFile(join(folder, "same.ts"), text);
    await writeFile(join(other, "same.ts"), text);
    const here = await bundleScenario(plan(join(folder, "same.ts")), folder);
    const there = await bundleScenario(plan(join(other, "same.ts")), other);
    await writeFile(join(other, "same.ts"), "export function crud() { return 1; }\n");
    const changed = await bundleScenario(plan(join(other, "same.ts")), other);
    expect(there.hash).toBe(here.hash);
    expect(changed.hash).not.toBe(here.hash);
    expect(here.code).not.toContain(folder);
    expect(bundleText(here)).toContain("sourceMappingURL=data:");
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});
