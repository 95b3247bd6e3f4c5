import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { DEMO_CONFIG, folder, ROOT, run, runDirectory, start } from "./cli.ts";
import { leftBehind, nothingLeft } from "./left-behind.ts";

const PLANT = join(ROOT, "test", "fixtures", "plant.mjs");
const RUN = ["run", "reading", "--config", DEMO_CONFIG];
const STEPS = ["plan", "provision", "drive", "collect", "judge", "render"];

describe("an exception in a step", () => {
  it.each(STEPS)("(%s) exits 4 with one clear line, and leaves nothing behind", async (step) => {
    await using here = await folder();
    const ended = await run(RUN, { cwd: here.path, imports: [PLANT], env: { PLANT: `throw ${step}` } });
    expect(ended.stderr).toContain(`PL_INTERNAL: planted in ${step}`);
    expect(ended.stderr).not.toContain("    at ");
    expect(ended.exitCode).toBe(4);
    const id = step === "plan" ? undefined : basename(await runDirectory(here.path));
    expect(id === undefined ? [] : await nothingLeft(id)).toEqual([]);
  });
});

describe("an interruption in a step", () => {
  it.each(STEPS)("(%s) exits 130 with one clear line, and leaves nothing behind", async (step) => {
    await using here = await folder();
    const ended = await run(RUN, { cwd: here.path, imports: [PLANT], env: { PLANT: `interrupt ${step}` } });
    expect(ended.stderr).toContain("PL_INTERRUPTED: stopped by SIGINT");
    expect(ended.exitCode).toBe(130);
    expect(await nothingLeft("-reading-")).toEqual([]);
  });
});

describe("a signal from outside", () => {
  it.each([
    ["SIGINT", "starting Postgres", 130],
    ["SIGINT", "measured", 130],
    ["SIGTERM", "warm-up", 143],
  ] as const)("%s after «%s» stops everything", async (signal, said, exitCode) => {
    await using here = await folder();
    const { child, ended, said: heard } = start(RUN, { cwd: here.path });
    await heard(said);
    child.kill(signal);
    expect((await ended).exitCode).toBe(exitCode);
    expect(await nothingLeft("-reading-")).toEqual([]);
  });
});

describe("kill -9 of the harness", () => {
  it.each(["checking the scenarios", "starting Postgres", "seeding", "resetting the data", "measured"])(
    "after «%s» leaves no process, no port and no temporary folder",
    async (said) => {
      await using here = await folder();
      const { child, ended, said: heard } = start(RUN, { cwd: here.path });
      await heard(said);
      await sleep(300);
      expect(child.kill("SIGKILL")).toBe(true);
      await ended;
      expect(await nothingLeft("-reading-")).toEqual([]);
    },
  );

  it("is seen by this very check: while a run is under way, something is there", async () => {
    await using here = await folder();
    const { child, ended, said: heard } = start(RUN, { cwd: here.path });
    await heard("seeding");
    expect(leftBehind("-reading-").length).toBeGreaterThan(2);
    child.kill("SIGINT");
    await ended;
    expect(await nothingLeft("-reading-")).toEqual([]);
  });
});

describe("a part that dies in the middle of a run", () => {
  it.each(["service", "postgres", "redis"] as const)("(%s) is named, and the run exits 4", async (part) => {
    await using here = await folder();
    const { ended, said: heard } = start(RUN, { cwd: here.path });
    await heard("measured");
    const pid = partPid(part);
    expect(pid).toBeGreaterThan(0);
    process.kill(pid, "SIGKILL");
    const { exitCode, stderr } = await ended;
    expect(stderr).toContain(`PL_PART_DIED: ${part} killed by SIGKILL`);
    expect(exitCode).toBe(4);
    expect(await nothingLeft("-reading-")).toEqual([]);
  });

  it("leaves what the scenarios before it measured: judge takes it", async () => {
    await using here = await folder();
    const { ended, said: heard } = start(["run", "reading", "too-many-logins", ...RUN.slice(2)], { cwd: here.path });
    await heard("(2 of 2) measured");
    process.kill(partPid("service"), "SIGKILL");
    expect((await ended).exitCode).toBe(4);
    const { exitCode, stdout } = await start(["judge", "last"], { cwd: here.path }).ended;
    expect(stdout).toMatch(/200 reads a second/);
    expect(stdout).toContain("too-many-logins: the scenario was planned, and the record has nothing of it");
    expect(exitCode).toBe(3);
  });
});

/** The process of a part, found as a person would: by its command line. */
function partPid(part: "service" | "postgres" | "redis"): number {
  const looks = { service: /src\/main\.ts/, postgres: /bin\/postgres -D /, redis: /(redis|valkey)-server/ }[part];
  const line = leftBehind("-reading-").find((one) => looks.test(one));
  return Number(/^process (\d+)/.exec(line ?? "")?.[1] ?? 0);
}
