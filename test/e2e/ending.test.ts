import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { folder, ROOT, run, start } from "./cli.ts";
import { leftBehind, nothingLeft } from "./left-behind.ts";

const PLANT = join(ROOT, "test", "fixtures", "plant.mjs");
// Other tests use the machine at the same time: what is left is looked for by the run's own id.
const OPTIONS = ["--config", join(ROOT, "test", "fixtures", "short.config.ts"), "--share-host"];
const RUN = ["run", "reading", ...OPTIONS];
const STEPS = ["plan", "provision", "drive", "collect", "judge", "render"];

/** The id of the one run in a folder: it has a directory before anything of it is started. Undefined before that. */
async function runIn(cwd: string): Promise<string | undefined> {
  const [name] = await readdir(join(cwd, ".proofload", "runs")).catch(() => []);
  return name === undefined ? undefined : basename(name);
}

async function leftOf(cwd: string): Promise<string[]> {
  const id = await runIn(cwd);
  return id === undefined ? [] : nothingLeft(id);
}

describe("an exception in a step", () => {
  it.each(STEPS)("(%s) exits 4 with one clear line, and leaves nothing behind", async (step) => {
    await using here = await folder();
    const ended = await run(RUN, { cwd: here.path, imports: [PLANT], env: { PLANT: `throw ${step}` } });
    expect(ended.stderr).toContain(`PL_INTERNAL: planted in ${step}`);
    expect(ended.stderr).not.toContain("    at ");
    expect(ended.exitCode).toBe(4);
    expect((await runIn(here.path)) === undefined).toBe(step === "plan");
    expect(await leftOf(here.path)).toEqual([]);
  });
});

describe("an interruption in a step", () => {
  it.each(STEPS)("(%s) exits 130 with one clear line, and leaves nothing behind", async (step) => {
    await using here = await folder();
    const ended = await run(RUN, { cwd: here.path, imports: [PLANT], env: { PLANT: `interrupt ${step}` } });
    expect(ended.stderr).toContain("PL_INTERRUPTED: stopped by SIGINT");
    expect(ended.exitCode).toBe(130);
    expect(await leftOf(here.path)).toEqual([]);
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
    expect(await leftOf(here.path)).toEqual([]);
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
      expect(await leftOf(here.path)).toEqual([]);
    },
  );

  it("is seen by this very check: while a run is under way, something is there", async () => {
    await using here = await folder();
    const { child, ended, said: heard } = start(RUN, { cwd: here.path });
    await heard("seeding");
    expect(leftBehind((await runIn(here.path)) ?? "none").length).toBeGreaterThan(2);
    child.kill("SIGINT");
    await ended;
    expect(await leftOf(here.path)).toEqual([]);
  });
});

describe("a part that dies in the middle of a run", () => {
  it.each(["service", "postgres", "redis"] as const)("(%s) is named, and the run exits 4", async (part) => {
    await using here = await folder();
    const { ended, said: heard } = start(RUN, { cwd: here.path });
    await heard("measured");
    process.kill(await partPid(here.path, part), "SIGKILL");
    const { exitCode, stderr } = await ended;
    expect(stderr).toContain(`PL_PART_DIED: ${part} killed by SIGKILL`);
    expect(exitCode).toBe(4);
    expect(await leftOf(here.path)).toEqual([]);
  });

  it("leaves what the scenarios before it measured: judge takes it", async () => {
    await using here = await folder();
    const { ended, said: heard } = start(["run", "reading", "too-many-logins", ...OPTIONS], { cwd: here.path });
    await heard("(2 of 2) measured");
    process.kill(await partPid(here.path, "service"), "SIGKILL");
    expect((await ended).exitCode).toBe(4);
    const { exitCode, stdout } = await start(["judge", "last"], { cwd: here.path }).ended;
    expect(stdout).toMatch(/200 reads a second/);
    expect(stdout.replace(/\s+/g, " ")).toContain("the scenario was planned, and the record has nothing of it");
    expect(exitCode).toBe(3);
  });
});

/** The process of a part, found as a person would: by its command line. */
async function partPid(cwd: string, part: "service" | "postgres" | "redis"): Promise<number> {
  const looks = { service: /src\/main\.ts/, postgres: /bin\/postgres -D /, redis: /(redis|valkey)-server/ }[part];
  const line = leftBehind((await runIn(cwd)) ?? "none").find((one) => looks.test(one));
  const pid = Number(/^process (\d+)/.exec(line ?? "")?.[1]);
  if (!(pid > 0)) throw new Error(`there is no process of ${part}`); // 0 would mean this very test
  return pid;
}
