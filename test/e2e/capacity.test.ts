import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CapacityRecord } from "../../harness/collect/capacity-record.ts";
import type { CapacityVerdict } from "../../harness/verdict/capacity/judge-capacity.ts";
import { ROOT, run } from "./cli.ts";

/** Answers one request after the other and takes 8 ms for each, without computing anything: 125 a second. */
const MS_EACH = 8;
let freeAt = 0;
const server = createServer((_, response) => {
  const now = performance.now();
  freeAt = Math.max(now, freeAt) + MS_EACH;
  setTimeout(() => response.end("{}"), freeAt - now);
});

let folder: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  folder = await mkdtemp(join(tmpdir(), "proofload-capacity-"));
  await writeFile(
    join(folder, "scenario.ts"),
    `import { endpoint } from ${JSON.stringify(join(ROOT, "scenarios/lib/endpoint.ts"))};
const read = endpoint("items.read");
export const ask = () => read({});
`,
  );
  const configuration = {
    targets: [
      {
        name: "queue",
        title: "One after the other",
        specification: "test",
        service: {
          name: "queue",
          directory: ".",
          command: ["node"],
          needs: {},
          portVariable: "PORT",
          readyPath: "/",
          readyWithin: "5s",
        },
        profile: { name: "any", cpus: 1, memoryGiB: 1 },
        data: { seed: 1 },
        classes: { read: { title: "Reads", budgets: [{ limit: "p95 of latency < 300 ms", source: "T-1" }] } },
        endpoints: { "items.read": { method: "GET", path: "/items", class: "read" } },
        scenarios: {
          asking: {
            title: "Questions",
            script: "scenario.ts",
            warmup: "1s",
            streams: {
              ask: { exec: "ask", load: { model: "open", rate: 80, duration: "5s" }, calls: { "items.read": 1 } },
            },
            budgets: [],
          },
        },
        requirements: [],
      },
    ],
    suites: {},
  };
  await writeFile(join(folder, "proofload.config.ts"), `export default ${JSON.stringify(configuration)};\n`);
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

it("finds between which rates the capacity of a real service lies, and exits 1 where a budget asks for more", async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const search = ["--step", "4s", "--resolution", "100%", "--budget", "asking=capacity > 200/s"];
  const ended = await run(["capacity", "asking", "--url", url, "--share-host", "--json", ...search], { cwd: folder });
  expect(ended.stderr).toContain("held");
  const { record, verdict }: { record: CapacityRecord; verdict: CapacityVerdict } = JSON.parse(ended.stdout);
  // Half of it holds, and the double cannot; nothing else is promised of a machine that others use too.
  expect(verdict.capacity).toMatchObject({ held: 80, failed: 160 });
  expect(record.steps.find(({ rate }) => rate === 160)?.reasons[0]?.code).toBe("dropped");
  expect(record.steps.at(-1)).toMatchObject({ purpose: "confirm", rate: 80, seconds: 12 });
  expect([ended.exitCode, verdict.kind]).toEqual([1, "FAIL"]);

  const [id = ""] = await readdir(join(folder, ".proofload", "capacity"));
  const left = await readdir(join(folder, ".proofload", "capacity", id));
  expect(left).toEqual(
    expect.arrayContaining(["capacity.json", "plan.json", "report.html", "report.md", "verdict.json"]),
  );
  const page = await readFile(join(folder, ".proofload", "capacity", id, "report.html"), "utf8");
  expect(page).toContain("80 to 160 requests/s");
});

it("says what cannot be searched before anything is started", async () => {
  const ended = await run(["capacity", "concurrent-users", "--resolution", "5x"], { cwd: ROOT });
  expect(ended.exitCode).toBe(4);
  expect(ended.stderr).toContain('a load of the model "closed-ramp" has no arrival rate that could be raised');
  expect(ended.stderr).toContain("--resolution");
});
