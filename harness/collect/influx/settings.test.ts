import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProofloadError } from "../../errors.ts";
import { readInfluxSettings } from "./settings.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "proofload-settings-"));
  const lines = [
    "PROOFLOAD_INFLUX_URL=http://127.0.0.1:8086/",
    'PROOFLOAD_INFLUX_TOKEN="from the file"',
    "PROOFLOAD_GRAFANA_URL=http://127.0.0.1:3000",
  ];
  await writeFile(join(cwd, ".env"), lines.join("\n"));
  await writeFile(join(cwd, "token"), "  out of a file\n");
  await writeFile(join(cwd, "two-lines"), "one\ntwo");
});
afterAll(() => rm(cwd, { recursive: true }));

async function problemsOf(env: Record<string, string>): Promise<ProofloadError> {
  const error: unknown = await readInfluxSettings(env, cwd).catch((thrown: unknown) => thrown);
  if (!(error instanceof ProofloadError)) throw new Error("it was taken");
  return error;
}

describe("the settings for InfluxDB", () => {
  it("are none where neither the environment nor a .env names a URL", async () => {
    expect(await readInfluxSettings({ PROOFLOAD_INFLUX_TOKEN: "x" }, tmpdir())).toBeUndefined();
  });

  it("come from .env in the working directory", async () => {
    expect(await readInfluxSettings({}, cwd)).toEqual({
      url: "http://127.0.0.1:8086",
      token: "from the file",
      org: "proofload",
      bucket: "proofload",
      grafanaUrl: "http://127.0.0.1:3000",
    });
  });

  it("never send the token of .env to a URL of the environment", async () => {
    const settings = await readInfluxSettings({ PROOFLOAD_INFLUX_URL: "https://elsewhere.test/influx" }, cwd);
    expect(settings).toEqual({ url: "https://elsewhere.test/influx", org: "proofload", bucket: "proofload" });
  });

  it("are turned off by an empty URL, whatever .env says", async () => {
    expect(await readInfluxSettings({ PROOFLOAD_INFLUX_URL: "" }, cwd)).toBeUndefined();
  });

  it("take the token out of a file, and the rest beside it from the environment", async () => {
    const env = {
      PROOFLOAD_INFLUX_URL: "http://127.0.0.1:8086",
      PROOFLOAD_INFLUX_TOKEN_FILE: "token",
      PROOFLOAD_INFLUX_BUCKET: "load/autogen",
      PROOFLOAD_INFLUX_ORG: "team",
    };
    expect(await readInfluxSettings(env, cwd)).toMatchObject({
      token: "out of a file",
      bucket: "load/autogen",
      org: "team",
    });
  });

  it("are refused with every problem at once, and without the credential in any message", async () => {
    const error = await problemsOf({
      PROOFLOAD_INFLUX_URL: "http://admin:hunter2@127.0.0.1:8086",
      PROOFLOAD_GRAFANA_URL: "localhost:3000",
      PROOFLOAD_INFLUX_TOKEN: "hunter3",
      PROOFLOAD_INFLUX_TOKEN_FILE: "token",
    });
    expect(error.code).toBe("PL_CONFIG");
    expect(error.problems.map((problem) => problem.where)).toEqual([
      "PROOFLOAD_INFLUX_URL",
      "PROOFLOAD_GRAFANA_URL",
      "PROOFLOAD_INFLUX_TOKEN_FILE",
    ]);
    expect(JSON.stringify([error.message, error.problems])).not.toMatch(/hunter/);
  });

  it.each([
    [{ PROOFLOAD_INFLUX_TOKEN_FILE: "missing" }, /cannot be read/],
    [{ PROOFLOAD_INFLUX_TOKEN_FILE: "two-lines" }, /line break/],
    [{ PROOFLOAD_INFLUX_TOKEN: "schlüssel" }, /not ASCII/],
    [{ PROOFLOAD_INFLUX_URL: "http://127.0.0.1:8086/?token=x" }, /without \?/],
    [{ PROOFLOAD_INFLUX_URL: "influx" }, /no http/],
  ])("say what is wrong with %o", async (env, what) => {
    const error = await problemsOf({ PROOFLOAD_INFLUX_URL: "http://127.0.0.1:8086", ...env });
    expect(error.problems.map((problem) => problem.what).join()).toMatch(what);
  });
});
