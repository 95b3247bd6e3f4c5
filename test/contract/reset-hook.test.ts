import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Guardian, startGuardian } from "../../harness/environment/guardian.ts";
import { provisionUrl } from "../../harness/environment/url.ts";
import type { ResetHook } from "../../harness/plan/definition.ts";
import { fixtureService, fixtures, leftOf, newRunId, scratchFolder } from "./environment-support.ts";

const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  response.writeHead(request.url === "/broken" ? 500 : 200).end("it says so");
});
const logs = scratchFolder();
let guardian: Guardian;
let url = "";
beforeAll(async () => {
  guardian = await startGuardian({ runId: newRunId(), env: { ...process.env, USERS_OWN: "secret" } });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await guardian.done();
  logs[Symbol.dispose]();
});

async function reset(resetHook: ResetHook, stop = new AbortController()) {
  const service = fixtureService({}, { resetHook });
  const options = { url, service, guardian, configDirectory: fixtures, signal: stop.signal };
  await using environment = await provisionUrl(options);
  expect(environment.facts().limits.join()).not.toContain("not reset");
  asked.length = 0;
  await environment.reset({ settings: {}, logDirectory: logs.path });
}

const log = () => readFileSync(`${logs.path}/reset.log`, "utf8");

describe("the reset hook of a service that runs already", () => {
  test("is a command that knows the service's address and has the user's environment, and what it prints is kept", async () => {
    const print = "console.log(process.env.PROOFLOAD_BASE_URL, process.env.USERS_OWN, process.cwd())";
    await reset({ command: ["node", "-e", print] });
    expect(log()).toContain(`${url} secret ${fixtures}/service`);
    expect(asked, "asked whether it is ready again, afterwards").toEqual(["GET /readyz"]);
  });

  test("or a path, and the answer is kept", async () => {
    await reset({ post: "/reset" });
    expect(asked).toEqual(["POST /reset", "GET /readyz"]);
    expect(log()).toContain(`POST ${url}/reset answered 200\nit says so`);
  });

  test.each([
    [
      { command: ["node", "-e", "console.error('no such table'); process.exit(9)"] },
      /exited with code 9[\s\S]*no such/,
    ],
    [{ command: ["no-such-command"] }, /no-such-command/],
    [{ post: "/broken" }, /answered 500[\s\S]*it says so/],
  ])("stops the run with its own words when it fails: %j", async (hook, says) => {
    const error: unknown = await reset(hook).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "PL_START_FAILED", message: expect.stringMatching(says) });
    expect(asked).not.toContain("GET /readyz");
  });

  test("ends with the run, when it is interrupted", async () => {
    const stop = new AbortController();
    const resetting = reset({ command: ["node", "-e", "console.log('at it'); setTimeout(() => {}, 60_000)"] }, stop);
    while (!log().includes("at it")) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort(new Error("enough"));
    await expect(resetting).rejects.toThrow("enough");
    expect(leftOf(guardian.runId).filter((one) => one.includes("at it"))).toEqual([]);
  });
});
