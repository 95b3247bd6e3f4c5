import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { folder, ROOT, run } from "./cli.ts";

it("`proofload dashboards` writes what is checked in, and `--check` names each file that is not so", async () => {
  await using here = await folder();
  const written = await run(["dashboards", "--output", "grafana"], { cwd: here.path });
  expect(written.exitCode).toBe(0);
  const files = written.stdout.trim().split("\n");
  expect(files).toHaveLength(8);
  for (const file of files) {
    const own = await readFile(join(ROOT, "dashboards", file.replace("grafana/", "")), "utf8");
    expect(await readFile(join(here.path, file), "utf8")).toBe(own);
  }
  const check = () => run(["dashboards", "--output", "grafana", "--check"], { cwd: here.path });
  expect(await check()).toMatchObject({ exitCode: 0, stdout: "Every file is up to date.\n" });

  await appendFile(join(here.path, "grafana/generated/proofload-live.json"), " ");
  await rm(join(here.path, "grafana/provisioning/alerting/proofload.json"));
  const stale = await check();
  expect(stale.exitCode).toBe(1);
  expect(stale.stdout.trim().split("\n").slice(1)).toEqual([
    "grafana/generated/proofload-live.json",
    "grafana/provisioning/alerting/proofload.json",
  ]);
  expect(stale.stdout).toContain("proofload dashboards --output grafana");
});

it("a folder that cannot be written is one clear error", async () => {
  await using here = await folder();
  await writeFile(join(here.path, "grafana"), "a file");
  const ended = await run(["dashboards", "--output", "grafana"], { cwd: here.path });
  expect(ended.exitCode).toBe(4);
  expect(ended.stderr).toContain("cannot be written");
});
