import { execFile } from "node:child_process";

/** "2.2.0" of "k6 v2.2.0 (go1.26.8, linux/amd64)", or undefined. */
export function parseK6Version(text: string): string | undefined {
  return /^k6(?:\.exe)? v(\d+\.\d+\.\d+\S*)/m.exec(text)?.[1];
}

/** Asks a k6 binary for its version: the version, or why it could not be had. Runs the binary. */
export async function k6Version(path: string, signal?: AbortSignal): Promise<{ version: string } | { why: string }> {
  const { output, failed } = await new Promise<{ output: string; failed: string | undefined }>((resolve) => {
    execFile(
      path,
      ["version"],
      { timeout: 20_000, env: { K6_NO_USAGE_REPORT: "true", K6_AUTO_EXTENSION_RESOLUTION: "false" }, signal },
      (error, stdout, stderr) =>
        resolve({ output: stdout, failed: error === null ? undefined : reason(error, stderr) }),
    );
  });
  const version = parseK6Version(output);
  if (version !== undefined && failed === undefined) return { version };
  return { why: failed ?? `\`k6 version\` said ${JSON.stringify(output.slice(0, 80))}` };
}

function reason(error: Error, stderr: string): string {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return said === "" ? (error.message.split("\n")[0] ?? "it could not be run") : said;
}
