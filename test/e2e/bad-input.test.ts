import { chmod, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEMO_CONFIG, folder, ROOT, run, start } from "./cli.ts";
import { processesOf } from "./left-behind.ts";

const CONFIG = join(ROOT, "proofload.config.ts");
const SCRIPTS = join(ROOT, "test", "fixtures", "k6-scripts");

/** A configuration that takes the demo target and changes it. */
const changed = (change: string) => `
  import configuration from ${JSON.stringify(DEMO_CONFIG)};
  const demo = structuredClone(configuration.targets[0]);
  demo.service.directory = ${JSON.stringify(join(ROOT, "targets", "reference"))};
  for (const one of Object.values(demo.scenarios)) one.script = one.script.replace("../..", ${JSON.stringify(ROOT)});
  ${change}
  export default { targets: [demo], suites: { demo: ["reading"] } };
`;

async function refused(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
  env: Record<string, string> = {},
) {
  await using here = await folder();
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(here.path, name), text);
  }
  const ended = await run(args, { cwd: here.path, env });
  expect(ended.exitCode, ended.stderr).toBe(4);
  expect(processesOf(basename(here.path))).toEqual([]);
  expect(ended.stderr).not.toContain("    at ");
  expect(ended.stderr).not.toContain("starting Postgres");
  return ended.stderr;
}

describe("bad input exits 4 before anything is started", () => {
  it("settings for InfluxDB that cannot be used, all of them at once, and a database that is not set", async () => {
    const env = { PROOFLOAD_INFLUX_URL: "127.0.0.1:8086", PROOFLOAD_INFLUX_TOKEN_FILE: "missing" };
    const said = await refused(["run", "quick", "--config", CONFIG], {}, env);
    expect(said).toContain("PROOFLOAD_INFLUX_URL=http://127.0.0.1:8086");
    expect(said).toContain("PROOFLOAD_INFLUX_TOKEN_FILE");
    expect(await refused(["run", "quick", "--config", CONFIG], { ".env": "PROOFLOAD_INFLUX_URL=no-url" })).toContain(
      ".env: PROOFLOAD_INFLUX_URL",
    );
    expect(await refused(["stream", "last"], {}, { PROOFLOAD_INFLUX_URL: "" })).toContain("set PROOFLOAD_INFLUX_URL");
    const there = { PROOFLOAD_INFLUX_URL: "http://127.0.0.1:9" };
    expect(await refused(["stream", "20200101"], {}, there)).toContain("PL_RUN_UNKNOWN");
    expect(await refused(["stream", "last", "--patience", "soon"], {}, there)).toContain('such as "20s"');
  });

  it("an unknown suite or scenario, with the nearest name", async () => {
    expect(await refused(["run", "quikc", "--config", CONFIG])).toContain('"quick"?');
  });

  it("an unknown command, and an unknown option", async () => {
    expect(await refused(["rnu"])).toMatch(/Did you mean run/);
    expect(await refused(["run", "quick", "--confg", "x"])).toContain("confg");
  });

  it("no configuration, or one that cannot be loaded", async () => {
    expect(await refused(["run", "quick"])).toContain("no proofload.config.ts here or above");
    expect(await refused(["run", "quick"], { "proofload.config.ts": "export default {" })).toContain(
      "cannot be loaded",
    );
  });

  it("several problems of a configuration at once, each with its field", async () => {
    const files = { "proofload.config.ts": changed('demo.titel = "x"; demo.scenarios.reading.warmup = 3;') };
    const said = await refused(["run", "reading"], files);
    expect(said).toContain("titel");
    expect(said).toContain("scenarios.reading.warmup");
  });

  it("several budgets that do not parse, and an unknown metric, at once", async () => {
    const files = {
      "proofload.config.ts": changed(`
        demo.classes.read.budgets = [{ limit: "p95 of latencyy < 100 ms", source: "A" }, { limit: "fast", source: "B" }];
        demo.scenarios.reading.budgets = [{ limit: "error_rate < 5 parsecs", source: "C" }];`),
    };
    const said = await refused(["run", "reading"], files);
    expect(said).toContain('no metric "latencyy"');
    expect(said).toContain('"fast" is not a budget');
    expect(said).toContain('"5 parsecs" is not a quantity');
  });

  it("a scenario with a syntax error, with file and line", async () => {
    const files = {
      "proofload.config.ts": changed('demo.scenarios.reading.script = "broken.ts";'),
      "broken.ts": "export function templates() {\n  const = 1;\n}\n",
    };
    expect(await refused(["run", "reading"], files)).toMatch(/broken\.ts:2:\d+/);
  });

  it("a scenario that names an unknown endpoint, with the nearest one", async () => {
    const files = {
      "proofload.config.ts": changed('demo.scenarios.reading.script = "broken.ts";'),
      "broken.ts": `import { endpoint } from ${JSON.stringify(join(ROOT, "scenarios/lib/endpoint.ts"))};
        const read = endpoint("templates.raed");
        export function templates() { read(); }`,
    };
    const said = await refused(["run", "reading"], files);
    expect(said).toContain("templates.raed");
    expect(said).toContain("templates.read");
  });

  it("a k6 of the wrong version, naming both", async () => {
    await using here = await folder();
    const fake = join(here.path, "k6");
    await writeFile(fake, "#!/bin/sh\necho 'k6 v1.1.0 (commit/abc, go1.24, linux/amd64)'\n");
    await chmod(fake, 0o755);
    const said = await refused(["run", "reading", "--config", DEMO_CONFIG], {}, { PROOFLOAD_K6: fake });
    expect(said).toMatch(/PL_K6_VERSION.*1\.1\.0.*2\.2\.0/s);
  });

  it("an address that is not of this machine, with the line to add", async () => {
    const said = await refused(["run", "reading", "--config", DEMO_CONFIG, "--url", "http://192.0.2.1:80"]);
    expect(said).toMatch(/PL_NOT_ALLOWED.*allow: \{ hosts: \["192\.0\.2\.1"\] \}/s);
  });

  it("more load than may leave this machine, of scenarios and of scripts, all of it at once", async () => {
    const allow = 'export default { targets: [], suites: {}, allow: { hosts: ["192.0.2.1"] } };';
    const script = join(SCRIPTS, "too-much.js");
    const said = await refused(["run", script, "--url", "http://192.0.2.1"], { "proofload.config.ts": allow });
    expect(said).toContain("1000000 VUs are more than the 100");
    expect(said).toContain("99999 requests/s are more than the 100");
    expect(said).toContain("86400 s are more than the 600");
    const few = changed("").replace(
      "suites:",
      'allow: { hosts: ["192.0.2.1"], maxDuration: "2s", maxRate: 3 }, suites:',
    );
    const files = { "proofload.config.ts": few };
    const ours = await refused(["run", "reading", "--url", "http://192.0.2.1"], files);
    expect(ours).toMatch(/requests\/s are more than the 3 that may leave.* s are more than the 2 /s);
  });

  it("an allow-list with entries that are no hosts, all of them at once", async () => {
    const list = 'hosts: ["http://a.test", "0.0.0.0/0", "a.test"], maxDuration: "soon"';
    const files = { "proofload.config.ts": `export default { targets: [], suites: {}, allow: { ${list} } };` };
    const said = await refused(["run", "reading"], files);
    for (const what of ['"http://a.test" is no host', '"0.0.0.0/0" is too wide', "allow.maxDuration"]) {
      expect(said).toContain(what);
    }
  });

  it("a script that asks for other load each time it is looked at", async () => {
    const script = join(SCRIPTS, "other-every-time.js");
    expect(await refused(["run", script, "--url", "http://127.0.0.1:9"])).toContain("for other load every time");
  });

  it("a run directory that cannot be written", async () => {
    const inAFile = join(ROOT, "package.json", "runs");
    const said = await refused(["run", "reading", "--config", DEMO_CONFIG, "--output", inAFile]);
    expect(said).toContain("PL_RUN_DIRECTORY");
  });

  it("a run that is not there", async () => {
    expect(await refused(["judge", "last"])).toContain("PL_RUN_UNKNOWN");
  });

  it("a setting or budget on the command line that names nothing", async () => {
    const args = ["run", "reading", "--config", DEMO_CONFIG, "--setting", "oops", "--budget", "x=latency < 1 ms"];
    const said = await refused(args);
    expect(said).toContain('"oops" sets nothing');
    expect(said).toContain("names no endpoint, scenario or micro-benchmark");
  });

  it("a Node that is too old, with the way to the right one", async () => {
    const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})';
    await using here = await folder();
    const ended = await run(["run", "quick"], { cwd: here.path, imports: [old] });
    expect(ended.exitCode).toBe(4);
    expect(ended.stderr).toContain("20.20.2");
    expect(ended.stderr).toContain("npm ci");
  });

  it("a second run on the machine, unless both agree to share it", async () => {
    await using here = await folder();
    await mkdir(join(here.path, "second"));
    const first = start(["run", "reading", "--config", DEMO_CONFIG], { cwd: here.path });
    await first.said("seeding");
    const second = await run(["run", "reading", "--config", DEMO_CONFIG], { cwd: join(here.path, "second") });
    expect(second.exitCode).toBe(4);
    expect(second.stderr).toContain(`PL_BUSY`);
    expect(second.stderr).toContain(`process ${first.child.pid}`);
    first.child.kill("SIGINT");
    await first.ended;
  });
});

describe("a script that makes no request", () => {
  it("is INVALID(nothing measured), exit code 3", async () => {
    await using here = await folder();
    const files = {
      "proofload.config.ts": changed('demo.scenarios.reading.script = "idle.ts";'),
      "idle.ts": "export function templates() {}\n",
    };
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(here.path, name), text);
    }
    const ended = await run(["run", "reading"], { cwd: here.path });
    expect(ended.stdout).toContain("INVALID(nothing measured)");
    expect(ended.exitCode).toBe(3);
  });
});

describe("a command whose reader has gone", () => {
  it("ends all the same, with its exit code", { timeout: 60_000 }, async () => {
    await using here = await folder();
    const { child, ended } = start(["run", "no-such-suite"], { cwd: here.path });
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect((await ended).exitCode).toBe(4);
  });
});
