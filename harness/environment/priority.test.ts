import { execFileSync, spawn } from "node:child_process";
import { getPriority } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { prioritise, type Role } from "./priority.ts";

function priorityOf(role: Role): number {
  const child = spawn("sleep", ["30"], { stdio: "ignore", detached: true });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.pid === undefined) throw new Error("sleep did not start");
  prioritise(child.pid, role);
  return getPriority(child.pid);
}

test("the instrument goes before what is measured", () => {
  expect(priorityOf("measured") - priorityOf("instrument")).toBe(10);
});

test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "without the privilege to raise the instrument, what is measured is lowered",
  () => {
    const script = `
      import { spawn } from "node:child_process";
      import { getPriority } from "node:os";
      import { prioritise } from ${JSON.stringify(new URL("./priority.ts", import.meta.url).href)};
      const found = ["instrument", "measured"].map((role) => {
        const child = spawn("sleep", ["30"], { stdio: "ignore", detached: true });
        prioritise(child.pid, role);
        const priority = getPriority(child.pid);
        child.kill("SIGKILL");
        return priority;
      });
      console.log(JSON.stringify(found));`;
    const drop = ["--inh-caps=-sys_nice", "--bounding-set=-sys_nice"];
    const said = execFileSync("setpriv", [...drop, process.execPath, "--input-type=module", "-e", script]);
    expect(JSON.parse(String(said))).toEqual([0, 10]);
  },
);
