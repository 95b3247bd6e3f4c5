import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { MakeCommand } from "./command.ts";
import { nearestConfiguration } from "./configuration.ts";
import { envFile, WANTED } from "./env-file.ts";
import { programName } from "./program-name.ts";
import { STARTER_CONFIGURATION, STARTER_SCENARIO, STARTER_SCENARIO_FILE } from "./starter.ts";

interface InitOptions {
  readonly influxPort: number;
  readonly grafanaPort: number;
}

const COMPOSE_FILE = fileURLToPath(new URL("../../docker-compose.yml", import.meta.url));

/** Writes what a new user needs and has not: `.env` with fresh secrets, and a configuration to start from. */
export const initCommand: MakeCommand<{ "influx-port": number; "grafana-port": number }> = (host, finish) => ({
  command: "init",
  describe: "Write .env with fresh secrets for InfluxDB and Grafana, and a first configuration; overwrites nothing",
  builder: (yargs) =>
    yargs
      .option("influx-port", { type: "number", default: 8086, describe: "port of InfluxDB on this machine" })
      .option("grafana-port", { type: "number", default: 3000, describe: "port of Grafana on this machine" })
      .example("$0 init", "then `docker compose up -d`, and every run is streamed to a live dashboard"),
  handler: async (options) => {
    checkPorts(options);
    const hasConfiguration = nearestConfiguration(host.cwd) !== undefined;
    const said = [await writeEnvFile(host, options), await ignoreEnvFile(host), ...(await writeStarter(host))];
    said.push(...nextSteps(host, hasConfiguration));
    host.out.write(said.map((line) => `${line}\n`).join(""));
    finish(0);
  },
});

function checkPorts({ influxPort, grafanaPort }: InitOptions): void {
  for (const [option, port] of Object.entries({ "--influx-port": influxPort, "--grafana-port": grafanaPort })) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new ProofloadError("PL_USAGE", `${option} takes a port from 1 to 65535, not ${port}`);
    }
  }
  if (influxPort === grafanaPort) {
    throw new ProofloadError("PL_USAGE", "--influx-port and --grafana-port must be two ports");
  }
}

/** Never overwrites: one that is there has to hold what is needed, and what it lacks is named. */
async function writeEnvFile(host: Host, ports: InitOptions): Promise<string> {
  const secret = () => randomBytes(24).toString("hex");
  if (await writeNew(join(host.cwd, ".env"), envFile({ ...ports, secret }), 0o600)) {
    return "wrote .env: where results go, and fresh secrets (readable by you alone)";
  }
  const there = parseEnv(await readFile(join(host.cwd, ".env"), "utf8"));
  const missing = WANTED.filter((name) => there[name] === undefined);
  if (missing.length > 0) {
    throw new ProofloadError("PL_CONFIG", ".env is there already and is not overwritten; it lacks what is needed", {
      problems: missing.map((name) => ({
        what: `${name} is not set`,
        where: ".env",
        instead: name.endsWith("_URL")
          ? `${name}=http://127.0.0.1:${ports.influxPort}`
          : `${name}=<a secret of your own>`,
      })),
    });
  }
  return "kept .env: it has all that is needed";
}

async function ignoreEnvFile(host: Host): Promise<string> {
  const file = join(host.cwd, ".gitignore");
  if (!existsSync(file)) return "there is no .gitignore here: see to it that .env is never committed";
  const text = await readFile(file, "utf8");
  if (/^\/?(\.env|\.env\*|\*\.env)\s*$/m.test(text)) return "kept .gitignore: it names .env";
  await appendFile(file, `${text === "" || text.endsWith("\n") ? "" : "\n"}.env\n`);
  return "added .env to .gitignore";
}

async function writeStarter(host: Host): Promise<readonly string[]> {
  const there = nearestConfiguration(host.cwd);
  if (there !== undefined) return [`kept ${relative(host.cwd, there)}`];
  const said: string[] = [];
  for (const [name, text] of [
    ["proofload.config.ts", STARTER_CONFIGURATION],
    [STARTER_SCENARIO_FILE, STARTER_SCENARIO],
  ] as const) {
    const file = join(host.cwd, name);
    await mkdir(dirname(file), { recursive: true });
    said.push((await writeNew(file, text, 0o644)) ? `wrote ${name}: change it to your service` : `kept ${name}`);
  }
  return said;
}

/** False when there is one already. */
async function writeNew(file: string, text: string, mode: number): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: "wx", mode });
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return false;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_CONFIG", `${relative(dirname(file), file)} cannot be written: ${why}`, { cause });
  }
}

function nextSteps(host: Host, hasConfiguration: boolean): readonly string[] {
  const program = programName(host);
  const here = existsSync(join(host.cwd, "docker-compose.yml")) || !existsSync(COMPOSE_FILE);
  const compose = here ? "docker compose" : `docker compose --env-file .env -f ${relative(host.cwd, COMPOSE_FILE)}`;
  return [`Next:   ${compose} up -d`, `        ${program} ${hasConfiguration ? "run quick" : "plan first"}`];
}
