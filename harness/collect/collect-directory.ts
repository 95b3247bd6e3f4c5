import { randomBytes } from "node:crypto";
import { chmod, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ProofloadError } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";
import type { RunDirectory } from "./run-directory.ts";

/** The one scenario of a run that nobody planned. */
export const COLLECTED = "collect";

/** Where senders find the receiver; kept, so that they find it again after a restart. */
export interface CollectAddress {
  readonly port: number;
  /** First part of the path: who does not know it cannot send. */
  readonly secret: string;
}

const ADDRESS_FILE = "address.json";
const OWN = /^(plan\.json|address\.json|k6\.env|scenarios|rejected\.jsonl|.*\.tmp)$/;
const SECRET = /^[A-Za-z0-9_-]{16,128}$/;

/**
 * The plan of a run directory whose load somebody else drives: written the first time, so that the run is called the
 * same however often the receiver is started. Throws PL_RUN_DIRECTORY for a folder that holds something else.
 */
export async function collectPlan(
  directory: RunDirectory,
  { target, createdAt, runId }: { readonly target: string; readonly createdAt: string; readonly runId: string },
): Promise<Plan> {
  const names = await readdir(directory.path);
  const strange = names.find((name) => !OWN.test(name));
  if (strange !== undefined) throw notOurs(directory, `it holds ${strange}`);
  if (names.includes("plan.json")) {
    const plan = await directory.readPlan();
    if (plan.suite !== COLLECTED || plan.scenarios.length !== 1)
      throw notOurs(directory, `it holds the run ${plan.runId}`);
    return plan;
  }
  const plan = planOf(target, createdAt, runId);
  await directory.write("plan.json", plan);
  return plan;
}

/** The address as it was given, else as it was before, else the usual port and a new secret. */
export async function collectAddress(
  directory: RunDirectory,
  given: { readonly port: number | undefined; readonly secretFile: string | undefined },
): Promise<CollectAddress> {
  const before = await readFile(join(directory.path, ADDRESS_FILE), "utf8").then(parseAddress, () => undefined);
  const secret = given.secretFile === undefined ? before?.secret : await readSecret(given.secretFile);
  return {
    port: given.port ?? before?.port ?? OTLP_PORT,
    secret: secret ?? randomBytes(16).toString("hex"),
  };
}

/** OpenTelemetry's port for OTLP over HTTP. */
const OTLP_PORT = 4318;

/** Nobody else may read it. */
export async function keepAddress(
  directory: RunDirectory,
  address: CollectAddress,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  for (const [name, content] of [[ADDRESS_FILE, address] as const, ["k6.env", variables.join("")] as const]) {
    await directory.write(name, content);
    await chmod(join(directory.path, name), 0o600);
  }
}

function parseAddress(text: string): CollectAddress | undefined {
  try {
    const { port, secret }: Partial<CollectAddress> = JSON.parse(text);
    return typeof port === "number" && typeof secret === "string" && SECRET.test(secret) ? { port, secret } : undefined;
  } catch {
    return undefined;
  }
}

async function readSecret(file: string): Promise<string> {
  const secret = await readFile(file, "utf8").catch((cause: Error) => {
    throw new ProofloadError("PL_USAGE", `--secret-file ${file} cannot be read: ${cause.message}`, { cause });
  });
  if (SECRET.test(secret.trim())) return secret.trim();
  throw new ProofloadError(
    "PL_USAGE",
    `--secret-file ${file} must hold 16 to 128 letters, digits, "-" or "_": they become a part of a URL`,
  );
}

function notOurs({ path }: RunDirectory, why: string): ProofloadError {
  return new ProofloadError("PL_RUN_DIRECTORY", `${path} was not made by \`proofload collect\`: ${why}`);
}

function planOf(target: string, createdAt: string, runId: string): Plan {
  return {
    schema: "proofload/plan/1",
    runId,
    createdAt,
    suite: COLLECTED,
    environment: { kind: "process" },
    scenarios: [
      {
        name: COLLECTED,
        title: "What was sent to proofload collect",
        target,
        profile: { name: "unknown", cpus: 0, memoryGiB: 0 },
        kind: "k6",
        script: "",
        warmupSeconds: 0,
        measuredSeconds: 0,
        streams: [],
        endpoints: [],
        budgets: [],
        settings: {},
        params: {},
        data: { seed: 0 },
      },
    ],
    requirements: [],
  };
}
