import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { type Problem, ProofloadError } from "../../errors.ts";

/** Where samples go while they are measured. */
export interface InfluxSettings {
  /** Without a slash at the end; never with a credential in it. */
  readonly url: string;
  /** 1.8: "user:password"; absent where the database asks for none. */
  readonly token?: string;
  /** InfluxDB 1.8 and 3 know no organisation and ignore it. */
  readonly org: string;
  /** 1.8: "database" or "database/retention policy". */
  readonly bucket: string;
  /** For the link to the live dashboard. */
  readonly grafanaUrl?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

const DEFAULT_NAME = "proofload";
const URL_EXAMPLE = "PROOFLOAD_INFLUX_URL=http://127.0.0.1:8086";

/**
 * From the environment, else from `.env` in the working directory. A token stays with the URL that it was written
 * beside: where the environment names a URL, nothing is taken from the file. Undefined without a URL, or with an empty
 * one. Throws PL_CONFIG with every problem; no message ever holds a credential.
 */
export async function readInfluxSettings(env: Variables, cwd: string): Promise<InfluxSettings | undefined> {
  const isInEnvironment = env["PROOFLOAD_INFLUX_URL"] !== undefined;
  const file = isInEnvironment ? undefined : await readDotEnv(join(cwd, ".env"));
  const values: Variables = file === undefined ? env : { ...file, ...present(env) };
  const where = (name: string) => (env[name] === undefined && file !== undefined ? `.env: ${name}` : name);
  const url = given(values, "PROOFLOAD_INFLUX_URL");
  if (url === undefined) return undefined;

  const problems: Problem[] = [];
  const grafanaUrl = given(values, "PROOFLOAD_GRAFANA_URL");
  checkUrl(url, where("PROOFLOAD_INFLUX_URL"), URL_EXAMPLE, problems);
  if (grafanaUrl !== undefined) {
    checkUrl(grafanaUrl, where("PROOFLOAD_GRAFANA_URL"), "PROOFLOAD_GRAFANA_URL=http://127.0.0.1:3000", problems);
  }
  const bucket = given(values, "PROOFLOAD_INFLUX_BUCKET") ?? DEFAULT_NAME;
  const org = given(values, "PROOFLOAD_INFLUX_ORG") ?? DEFAULT_NAME;
  checkName(bucket, where("PROOFLOAD_INFLUX_BUCKET"), problems);
  checkName(org, where("PROOFLOAD_INFLUX_ORG"), problems);
  const token = await readToken(values, where, cwd, problems);
  if (problems.length > 0) {
    throw new ProofloadError("PL_CONFIG", "the settings for InfluxDB cannot be used", { problems });
  }
  return {
    url: withoutSlash(url),
    org,
    bucket,
    ...(token === undefined ? {} : { token }),
    ...(grafanaUrl === undefined ? {} : { grafanaUrl: withoutSlash(grafanaUrl) }),
  };
}

async function readDotEnv(path: string): Promise<Variables | undefined> {
  try {
    return parseEnv(await readFile(path, "utf8"));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_CONFIG", `.env cannot be read: ${why}`, { cause });
  }
}

function present(env: Variables): Variables {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

function given(values: Variables, name: string): string | undefined {
  const value = values[name]?.trim();
  return value === "" ? undefined : value;
}

async function readToken(
  values: Variables,
  where: (name: string) => string,
  cwd: string,
  problems: Problem[],
): Promise<string | undefined> {
  const own = given(values, "PROOFLOAD_INFLUX_TOKEN");
  const file = given(values, "PROOFLOAD_INFLUX_TOKEN_FILE");
  if (own !== undefined && file !== undefined) {
    const what = "there is a token and a file with a token";
    problems.push({ what, where: where("PROOFLOAD_INFLUX_TOKEN_FILE"), instead: "one of the two" });
    return undefined;
  }
  const name = file === undefined ? "PROOFLOAD_INFLUX_TOKEN" : "PROOFLOAD_INFLUX_TOKEN_FILE";
  let token = own;
  if (file !== undefined) {
    try {
      token = (await readFile(resolve(cwd, file), "utf8")).trim();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      problems.push({ what: `the file cannot be read: ${why}`, where: where(name) });
      return undefined;
    }
    if (token === "") problems.push({ what: `${file} is empty`, where: where(name), instead: "the token in one line" });
  }
  // What does not fit into a header of HTTP.
  if (token !== undefined && !/^[\x20-\x7e]*$/.test(token)) {
    const what = "the token has a line break or a letter that is not ASCII";
    problems.push({ what, where: where(name), instead: "the token alone, in one line" });
  }
  return token;
}

function checkUrl(text: string, where: string, example: string, problems: Problem[]): void {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    problems.push({ what: "this is no http(s) URL", where, instead: example });
  } else if (url.username !== "" || url.password !== "") {
    // Not shown: the URL is.
    const what = "a URL is shown in reports, so that it must not hold a user or password";
    problems.push({ what, where, instead: `${example}, and PROOFLOAD_INFLUX_TOKEN for the credential` });
  } else if (url.search !== "" || url.hash !== "") {
    problems.push({ what: "a URL without ? and # is needed", where, instead: example });
  }
}

function checkName(name: string, where: string, problems: Problem[]): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for
  if (/[\x00-\x1f]/.test(name)) problems.push({ what: "the name has a control character", where });
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
