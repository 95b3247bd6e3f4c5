import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

type Env = Readonly<Record<string, string | undefined>>;

const SOURCE = fileURLToPath(new URL("../../tools/k6", import.meta.url));

/**
 * Builds k6 from tools/k6 (about 75 s on two cores, once): versions and hashes of all modules are in go.mod and go.sum.
 * @throws Error with Go's own last words when it cannot; the signal's reason when aborted.
 */
export async function buildK6(
  path: string,
  env: Env,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const started = Date.now();
  let modules = 0;
  let packages = 0;
  const say = (): void => {
    const done = packages === 0 ? `${modules} modules downloaded` : `${packages} packages compiled`;
    progress(`building k6 with Go (once, 1 to 3 minutes): ${done}, ${Math.round((Date.now() - started) / 1000)} s`);
  };
  await run(
    "go",
    ["build", "-v", "-trimpath", "-buildvcs=false", "-o", path, "go.k6.io/k6/v2"],
    { ...env, GOFLAGS: "-mod=readonly", CGO_ENABLED: "0", GOWORK: "off" },
    (line) => {
      if (line.startsWith("go: downloading ")) modules += 1;
      else if (/^\S+$/.test(line)) packages += 1;
      say();
    },
    signal,
    SOURCE,
  );
}

/** Takes the binary out of the pinned image; `docker create` pulls it, and starts nothing. */
export async function copyFromImage(
  image: string,
  inside: string,
  path: string,
  env: Env,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  progress("taking k6 from its container image");
  const lines = await run("docker", ["create", image, "version"], env, () => {}, signal);
  const container = lines.findLast((line) => /^[0-9a-f]{64}$/.test(line));
  if (container === undefined) throw new Error("`docker create` gave no container id");
  try {
    await run("docker", ["cp", `${container}:${inside}`, path], env, () => {}, signal);
  } finally {
    await run("docker", ["rm", container], env, () => {}, new AbortController().signal).catch(() => {});
  }
}

/** Runs a tool to its end in a process group of its own, so that an abort ends its children too. Returns its lines. */
async function run(
  command: string,
  args: readonly string[],
  env: Env,
  onLine: (line: string) => void,
  signal: AbortSignal,
  cwd?: string,
): Promise<readonly string[]> {
  signal.throwIfAborted();
  const child = spawn(command, args, { cwd, env: { ...env }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      onLine(line);
    });
  }
  const abort = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // it has just ended
    }
  };
  signal.addEventListener("abort", abort);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`\`${command} ${args[0]}\` failed: ${telling(lines)}`);
    return lines;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new Error(`there is no \`${command}\` on PATH`);
    }
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The last lines that are not progress. */
function telling(lines: readonly string[]): string {
  const said = lines.filter((line) => line.trim() !== "" && !line.startsWith("go: downloading ") && / /.test(line));
  return said.slice(-3).join("; ").slice(0, 500);
}
